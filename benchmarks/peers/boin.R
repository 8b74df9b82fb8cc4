# Simulated BOIN trials by the BOIN package.
source("common.R")
need("BOIN")

with(settings, {
  seconds <- seconds_of(
    simulated <- get.oc(
      target = target, p.true = prob_dlt, ncohort = max_patients / cohort_size, cohortsize = cohort_size,
      n.earlystop = 100, ntrial = trials, seed = seed
    )
  )
  report("BOIN", seconds, as.numeric(c(simulated$percentstop, simulated$selpercent)) / 100)
})
