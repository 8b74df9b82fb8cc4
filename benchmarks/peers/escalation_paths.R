# All paths of a CRM and their probabilities by escalation.
source("common.R")
need("dfcrm")
need("escalation")

with(settings, {
  design <- dont_skip_doses(
    get_dfcrm(skeleton = skeleton, target = target, model = "empiric", scale = prior_sd),
    when_escalating = TRUE
  )
  seconds <- seconds_of({
    paths <- get_dose_paths(design, cohort_sizes = rep(cohort_size, max_patients / cohort_size))
    with_probabilities <- calculate_probabilities(paths, true_prob_tox = prob_dlt)
  })
  report("escalation", seconds, prob_recommend(with_probabilities))
})
