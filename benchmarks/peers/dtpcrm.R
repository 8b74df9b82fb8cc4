# All pathways of a CRM by dtpcrm; their probabilities, which it does not give, are weighed here.
source("common.R")
need("dfcrm")
need("dtpcrm")

with(settings, {
  cohorts <- max_patients / cohort_size
  seconds <- seconds_of({
    # One level up at most, and nothing else: no limit downwards, no coherence.
    paths <- calculate_dtps(
      next_dose = 1, cohort_sizes = rep(cohort_size, cohorts), dose_func = applied_crm,
      prior = skeleton, target = target, no_skip_esc = TRUE, no_skip_deesc = FALSE,
      global_coherent_esc = FALSE, model = "empiric", method = "bayes", scale = prior_sd
    )
    weight <- rep(1, nrow(paths))
    for (cohort in seq_len(cohorts)) {
      given <- paths[[paste0("D", cohort - 1)]]
      weight <- weight * dbinom(paths[[paste0("T", cohort)]], cohort_size, prob_dlt[given])
    }
  })
  last <- paths[[paste0("D", cohorts)]]
  levels <- seq_along(prob_dlt)
  report("dtpcrm", seconds, c(0, vapply(levels, function(level) sum(weight[last == level]), 0)))
})
