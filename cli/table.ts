// All commands, in the order of help. Parsing, help, completion and the man page are made of this table.
import type { Command } from './command.js';
import { attach } from './commands/attach.js';
import { bindings } from './commands/bindings.js';
import { build } from './commands/build.js';
import { calibrate } from './commands/calibrate.js';
import { check } from './commands/check.js';
import { completion } from './commands/completion.js';
import { confirm } from './commands/confirm.js';
import { detach } from './commands/detach.js';
import { doctor } from './commands/doctor.js';
import { fmt } from './commands/fmt.js';
import { features } from './commands/features.js';
import { install, uninstall } from './commands/install.js';
import { start, stop } from './commands/machine.js';
import { status } from './commands/status.js';
import { translate } from './commands/translate.js';
import { simulate } from './commands/simulate.js';
import { verify } from './commands/verify.js';
import { metrics } from './commands/metrics.js';
import { varGet, varList, varSet, varTake, varWatch } from './commands/variables.js';
import { demo } from './commands/demo.js';

export const COMMANDS: readonly Command[] = [
  check,
  fmt,
  build,
  bindings,
  translate,
  verify,
  metrics,
  calibrate,
  simulate,
  attach,
  confirm,
  detach,
  start,
  stop,
  status,
  varList,
  varGet,
  varSet,
  varTake,
  varWatch,
  features,
  doctor,
  demo,
  install,
  uninstall,
  completion,
];
