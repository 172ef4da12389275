/** Error bits of nc_state.errors and their names (NC_ERROR_* in bpf/nc_abi.h; language, section 4). */
export const ERROR_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0, 'deadline_missed'],
  [1, 'send_fault'],
  [2, 'message_empty'],
  [3, 'queue_empty'],
  [4, 'queue_full'],
  [5, 'no_future'],
  [10, 'receive_fault'],
  [15, 'sync_timeout'],
];
