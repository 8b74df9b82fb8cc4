# Simulated CRM trials by dfcrm.
source("common.R")
need("dfcrm")

with(settings, {
  seconds <- seconds_of(
    simulated <- crmsim(
      PI = prob_dlt, prior = skeleton, target = target, n = max_patients, x0 = 1, nsim = trials,
      mcohort = cohort_size, restrict = TRUE, method = "bayes", model = "empiric", scale = prior_sd,
      seed = seed, count = FALSE
    )
  )
  # `crmsim` always selects a dose.
  report("dfcrm", seconds, c(0, simulated$MTD))
})
