/** `format` in the metadata of last.safetensors: tells a training state from a model. */
export const TRAINING_STATE_FORMAT = 'puregalaxy.training-state'
