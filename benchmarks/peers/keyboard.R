# Simulated Keyboard trials by the Keyboard package.
source("common.R")
need("Keyboard")

with(settings, {
  # It takes no seed (it sets its own), and its decision table has margins of 0.05 whatever is asked.
  seconds <- seconds_of(
    simulated <- get.oc.kb(
      target = target, p.true = prob_dlt, ncohort = max_patients / cohort_size, cohortsize = cohort_size,
      n.earlystop = 100, ntrial = trials
    )
  )
  report("Keyboard", seconds, as.numeric(c(simulated$percentstop, simulated$selpercent)) / 100)
})
