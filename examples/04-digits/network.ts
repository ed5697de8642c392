/**
 * A network with one hidden layer: 784 pixels → hidden units (ReLU) → 10 classes (softmax), trained by mini-batches.
 * Pure numerics on typed arrays: no files, no threads, no clock. Matrices are flat, one row after another.
 */
import { CLASSES, PIXELS } from './dataset.js'
import type { Dataset, Part } from './dataset.js'
import type { Random } from './random.js'

/** How the weights start; see `createNetwork`. */
export type Initialisation = 'glorot' | 'he' | 'small'

/** What a training step is done with. */
export interface StepOptions {
  /** Step length along the smoothed gradient. */
  readonly learningRate: number
  /** Share of the last step that is kept, 0 (plain SGD) to below 1. */
  readonly momentum: number
  /** Strength of the L2 penalty `l2 / 2 · Σ w²` on the weights; the biases go free. */
  readonly l2: number
}

/** One layer: parameters, their gradient summed over a batch, and the velocity that momentum keeps. */
interface Layer {
  readonly outputs: number
  /** [inputs × outputs]: the weights that leave one input lie side by side. */
  readonly weights: Float32Array
  readonly weightGradients: Float32Array
  readonly weightVelocities: Float32Array
  /** [outputs] */
  readonly biases: Float32Array
  readonly biasGradients: Float32Array
  readonly biasVelocities: Float32Array
}

/** A network and the room that it computes in; `createNetwork` makes it, `trainBatch` changes it. */
export interface Network {
  readonly hidden: Layer
  readonly output: Layer
  /** [hidden units] of the image at hand: activations after ReLU. */
  readonly activations: Float32Array
  /** [hidden units] of the image at hand: ∂loss/∂(hidden sums). */
  readonly activationGradients: Float32Array
  /** [10] of the image at hand: class probabilities, and in training then ∂loss/∂(output sums). */
  readonly probabilities: Float32Array
  /** [784] positions in the image at hand that aren't black. About four fifths of the pixels are, and need no work. */
  readonly inked: Uint16Array
  /** [784] their grey values, scaled to 0…1. */
  readonly ink: Float32Array
}

/**
 * A network with fresh weights; biases start at 0.
 *
 * - `glorot`: uniform within ±√(6 / (inputs + outputs)), which keeps the variance of signals and of gradients about
 *   equal over the layers (Glorot & Bengio 2010, 'Understanding the difficulty of training deep feedforward networks').
 * - `he`: normal with variance 2 / inputs, which makes up for the half that ReLU drops (He, Zhang, Ren & Sun 2015,
 *   'Delving deep into rectifiers').
 * - `small`: uniform within ±0.01, the habit before both; it starts slowly.
 */
export function createNetwork(hiddenUnits: number, initialisation: Initialisation, random: Random): Network {
  return {
    hidden: createLayer(PIXELS, hiddenUnits, initialisation, random),
    output: createLayer(hiddenUnits, CLASSES, initialisation, random),
    activations: new Float32Array(hiddenUnits),
    activationGradients: new Float32Array(hiddenUnits),
    probabilities: new Float32Array(CLASSES),
    inked: new Uint16Array(PIXELS),
    ink: new Float32Array(PIXELS),
  }
}

/**
 * One step of stochastic gradient descent with momentum (Polyak 1964; in this form Sutskever et al. 2013):
 * `v ← momentum · v − learningRate · gradient`, `w ← w + v`, with the gradient of the batch's mean loss.
 *
 * @param images Indices of the batch's images in `data`.
 * @returns The batch's mean cross entropy before the step, in nats and without the L2 penalty.
 */
export function trainBatch(
  network: Network,
  data: Dataset,
  images: Uint16Array,
  options: StepOptions,
): number {
  let loss = 0
  for (const image of images) {
    const label = data.labels[image]!
    const inked = forward(network, data.pixels, image)
    loss -= Math.log(Math.max(network.probabilities[label]!, 1e-30))
    backward(network, label, inked)
  }
  step(network.hidden, images.length, options)
  step(network.output, images.length, options)
  return loss / images.length
}

/** Share of the images in `part` whose most probable class is the right one. */
export function accuracyOn(network: Network, data: Dataset, part: Part): number {
  let right = 0
  for (let image = part.start; image < part.end; image++) {
    forward(network, data.pixels, image)
    let best = 0
    for (let digit = 1; digit < CLASSES; digit++) {
      if (network.probabilities[digit]! > network.probabilities[best]!) best = digit
    }
    if (best === data.labels[image]) right++
  }
  return right / (part.end - part.start)
}

function createLayer(inputs: number, outputs: number, initialisation: Initialisation, random: Random): Layer {
  const draw = {
    glorot: () => (2 * random.uniform() - 1) * Math.sqrt(6 / (inputs + outputs)),
    he: () => random.normal() * Math.sqrt(2 / inputs),
    small: () => (2 * random.uniform() - 1) * 0.01,
  }[initialisation]
  return {
    outputs,
    weights: Float32Array.from({ length: inputs * outputs }, draw),
    weightGradients: new Float32Array(inputs * outputs),
    weightVelocities: new Float32Array(inputs * outputs),
    biases: new Float32Array(outputs),
    biasGradients: new Float32Array(outputs),
    biasVelocities: new Float32Array(outputs),
  }
}

/** Fills `activations`, `probabilities`, `inked` and `ink` for one image; returns how many pixels are inked. */
function forward(network: Network, pixels: Uint8Array, image: number): number {
  const { hidden, output, activations, probabilities, inked, ink } = network
  const units = hidden.outputs

  let count = 0
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const grey = pixels[image * PIXELS + pixel]!
    if (grey > 0) {
      inked[count] = pixel
      ink[count++] = grey / 255
    }
  }

  // Looked up once: V8 would read the field anew for each product.
  const hiddenWeights = hidden.weights
  activations.set(hidden.biases)
  for (let k = 0; k < count; k++) {
    const value = ink[k]!
    const row = inked[k]! * units
    for (let unit = 0; unit < units; unit++) {
      activations[unit]! += value * hiddenWeights[row + unit]!
    }
  }

  probabilities.set(output.biases)
  for (let unit = 0; unit < units; unit++) {
    const activation = activations[unit]!
    if (activation <= 0) {
      activations[unit] = 0
      continue
    }
    const row = unit * CLASSES
    for (let digit = 0; digit < CLASSES; digit++) {
      probabilities[digit]! += activation * output.weights[row + digit]!
    }
  }
  softmax(probabilities)
  return count
}

/** Turns sums into probabilities, in place. The largest sum is taken off first: exp() then can't overflow. */
function softmax(values: Float32Array): void {
  let largest = values[0]!
  for (const value of values) if (value > largest) largest = value
  let total = 0
  for (let index = 0; index < values.length; index++) {
    total += values[index] = Math.exp(values[index]! - largest)
  }
  for (let index = 0; index < values.length; index++) values[index]! /= total
}

/** Adds the gradient of one image's loss to the layers' sums; after `forward` of the same image. */
function backward(network: Network, label: number, inkedCount: number): void {
  const { hidden, output, activations, activationGradients, probabilities, inked, ink } = network
  const units = hidden.outputs

  // Softmax and cross entropy together: ∂loss/∂(output sum) is the probability, less 1 for the right class.
  const errors = probabilities
  errors[label]! -= 1
  for (let digit = 0; digit < CLASSES; digit++) output.biasGradients[digit]! += errors[digit]!

  for (let unit = 0; unit < units; unit++) {
    const activation = activations[unit]!
    let gradient = 0
    if (activation > 0) {
      const row = unit * CLASSES
      for (let digit = 0; digit < CLASSES; digit++) {
        const error = errors[digit]!
        gradient += error * output.weights[row + digit]!
        output.weightGradients[row + digit]! += activation * error
      }
    }
    activationGradients[unit] = gradient
    hidden.biasGradients[unit]! += gradient
  }

  const hiddenGradients = hidden.weightGradients
  for (let k = 0; k < inkedCount; k++) {
    const value = ink[k]!
    const row = inked[k]! * units
    for (let unit = 0; unit < units; unit++) {
      hiddenGradients[row + unit]! += value * activationGradients[unit]!
    }
  }
}

/** Moves a layer along its summed gradients, and empties the sums for the next batch. */
function step(layer: Layer, batchSize: number, { learningRate, momentum, l2 }: StepOptions): void {
  const { weights, weightGradients, weightVelocities, biases, biasGradients, biasVelocities } = layer
  for (let index = 0; index < weights.length; index++) {
    const gradient = weightGradients[index]! / batchSize + l2 * weights[index]!
    const velocity = momentum * weightVelocities[index]! - learningRate * gradient
    weightVelocities[index] = velocity
    weights[index]! += velocity
    weightGradients[index] = 0
  }
  for (let index = 0; index < biases.length; index++) {
    const velocity = momentum * biasVelocities[index]! - (learningRate * biasGradients[index]!) / batchSize
    biasVelocities[index] = velocity
    biases[index]! += velocity
    biasGradients[index] = 0
  }
}
