# Simulated CRM trials by escalation.
source("common.R")
need("dfcrm")
need("escalation")

with(settings, {
  design <- stop_at_n(
    dont_skip_doses(
      get_dfcrm(skeleton = skeleton, target = target, model = "empiric", scale = prior_sd),
      when_escalating = TRUE
    ),
    n = max_patients
  )
  set.seed(seed)
  seconds <- seconds_of(
    simulated <- simulate_trials(
      design, num_sims = trials, true_prob_tox = prob_dlt,
      sample_patient_arrivals = function(data) cohorts_of_n(n = cohort_size, mean_time_delta = 1)
    )
  )
  report("escalation", seconds, prob_recommend(simulated))
})
