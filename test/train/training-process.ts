import { resume, type TrainProgress, train } from '../../src/train/index.ts'

/**
 * A process of its own that trains or resumes, so that a test can kill it: `train OPTIONS-AS-JSON` or `resume FOLDER`.
 * It sends every progress to its parent.
 */
const [command, argument] = process.argv.slice(2) as [string, string]
const hooks = { onProgress: (progress: TrainProgress) => void process.send?.(progress) }
if (command === 'train') await train(JSON.parse(argument), hooks)
else await resume(argument, hooks)
