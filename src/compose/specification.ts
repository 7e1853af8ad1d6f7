// The keys of the Compose specification and the forms of their values in a resolved model (compose-spec 05-services.md, 06 to 09).

export type ValueForm = 'string' | 'number' | 'boolean' | 'list' | 'map' | 'null'

type KeyTable = ReadonlyMap<string, readonly ValueForm[]>

function table(groups: readonly (readonly [string, readonly ValueForm[]])[]): KeyTable {
  return new Map(groups.flatMap(([keys, forms]) => keys.split(' ').map((key) => [key, forms] as const)))
}

/** Keys of a service. Where Compose takes several written forms, those that a resolved model holds. */
export const SERVICE_KEYS: KeyTable = table([
  [
    'cgroup cgroup_parent container_name cpuset domainname hostname image ipc isolation mac_address network_mode platform pull_policy pull_refresh_after restart runtime stop_grace_period stop_signal user userns_mode uts working_dir',
    ['string'],
  ],
  ['pid', ['string', 'null']],
  [
    'cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus mem_limit mem_reservation mem_swappiness memswap_limit oom_score_adj pids_limit scale shm_size umask',
    ['number', 'string'],
  ],
  ['attach init oom_kill_disable privileged read_only stdin_open tty use_api_socket', ['boolean', 'string']],
  [
    'cap_add cap_drop configs device_cgroup_rules devices dns dns_opt env_file expose external_links gpus group_add label_file links ports post_start pre_start pre_stop profiles secrets security_opt volumes volumes_from',
    ['list'],
  ],
  ['dns_search tmpfs', ['list', 'string']],
  ['command entrypoint', ['list', 'null']],
  [
    'annotations blkio_config build credential_spec depends_on environment extends healthcheck labels logging models networks provider storage_opt sysctls ulimits',
    ['map'],
  ],
  ['deploy develop', ['map', 'null']],
  ['extra_hosts', ['map', 'list']],
])

const SHARED: readonly (readonly [string, readonly ValueForm[]])[] = [
  ['name', ['string']],
  ['external', ['boolean', 'string']],
  ['labels', ['map']],
]

/** Keys of the resources beside services. */
export const RESOURCE_KEYS: ReadonlyMap<string, KeyTable> = new Map([
  ['secrets', table([...SHARED, ['file environment driver template_driver', ['string']], ['driver_opts', ['map']]])],
  ['configs', table([...SHARED, ['file environment content template_driver', ['string']]])],
  ['volumes', table([...SHARED, ['driver', ['string']], ['driver_opts', ['map']]])],
  [
    'networks',
    table([
      ...SHARED,
      ['driver', ['string']],
      ['driver_opts ipam', ['map']],
      ['internal enable_ipv4 enable_ipv6 attachable', ['boolean', 'string']],
    ]),
  ],
])

const CONTAINER_KEYS: readonly string[] = ['services', 'networks', 'volumes', 'secrets', 'configs', 'models', 'jobs']

/** True for top-level keys that hold named things. */
export function isContainerKey(key: string): boolean {
  return CONTAINER_KEYS.includes(key)
}
