from .benchmark import benchmark_efficiency as benchmark_efficiency
from .benchmark import benchmark_from_uniforms as benchmark_from_uniforms
from .expansion_groups import GroupExpansion as GroupExpansion
from .group_results import group_characteristics as group_characteristics
from .paired_benchmark import paired_efficiency as paired_efficiency
from .traces import trace_table as trace_table
from .traces import trial_traces as trial_traces
from .traces import write_traces as write_traces
