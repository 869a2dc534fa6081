import { describe, expect, it } from 'vitest'
import { countParameters, createModel, listArchitectures, resolveModelConfig } from '../../src/model/index.ts'

describe('parameter counts', () => {
  const imagenet = [
    ['pure18', 11_181_650, 11_689_520, 8],
    ['pure34', 21_289_818, 21_797_688, 16],
    ['pure50', 23_528_538, 25_557_048, 16],
    ['pure101', 42_520_683, 44_549_193, 33],
    ['pure152', 58_164_348, 60_192_858, 50],
  ] as const
  it.each(imagenet)('of %s are %i with 10 classes, %i with 1000', (architecture, ten, thousand, units) => {
    expect(countParameters({ architecture, classes: 10 })).toBe(ten)
    expect(countParameters({ architecture, classes: 1000 })).toBe(thousand)
    const twin = architecture.replace('pure', 'resnet')
    expect(countParameters({ architecture: twin, classes: 10 })).toBe(ten - units)
    expect(countParameters({ architecture: twin, classes: 1000 })).toBe(thousand - units)
  })

  const cifar = [
    [20, 269_731, 272_483],
    [32, 464_169, 466_921],
    [44, 658_607, 661_359],
    [56, 853_045, 855_797],
    [110, 1_728_016, 1_730_768],
    [272, 4_352_929, 4_355_681],
  ] as const
  it.each(cifar)('at CIFAR depth %i are %i with shortcut A, %i with B', (depth, a, b) => {
    expect(countParameters({ architecture: `pure${depth}`, shortcut: 'A' })).toBe(a)
    expect(countParameters({ architecture: `pure${depth}`, shortcut: 'B' })).toBe(b)
    const units = (depth - 2) / 2
    expect(countParameters({ architecture: `resnet${depth}`, shortcut: 'B' })).toBe(b - units)
  })

  it('of PURe18 with the CIFAR stem are those of the replication', () => {
    expect(countParameters({ architecture: 'pure18', stem: 'cifar' })).toBe(11_173_970)
  })

  it('of ResNet18 and ResNet50 are those of torchvision', () => {
    expect(countParameters({ architecture: 'resnet18', classes: 1000 })).toBe(11_689_512)
    expect(countParameters({ architecture: 'resnet50', classes: 1000 })).toBe(25_557_032)
  })

  it('shrink about fourfold at half the width', () => {
    const ratio =
      countParameters({ architecture: 'pure20', width: 0.5 }) / countParameters({ architecture: 'pure20' })
    expect(ratio).toBeGreaterThan(0.24)
    expect(ratio).toBeLessThan(0.27)
  })

  it('are listed for all 22 architectures', () => {
    const list = listArchitectures()
    expect(list).toHaveLength(22)
    expect(list).toContainEqual({ name: 'pure34', parameters: 21_289_818, inputSize: [224, 224, 3] })
    expect(list).toContainEqual({ name: 'pure20', parameters: 272_483, inputSize: [32, 32, 3] })
  })
})

describe('parameter names', () => {
  it.each(['pure20', 'pure50', 'resnet18'])(
    'of %s are unique, and decay spares scales, shifts and floors',
    (name) => {
      const { parameters, statistics } = createModel({ architecture: name })
      const names = [...parameters, ...statistics].map((spec) => spec.name)
      expect(new Set(names).size).toBe(names.length)
      for (const { kind, decay } of parameters) {
        expect(decay).toBe(['kernel', 'exponents', 'weight'].includes(kind))
      }
    },
  )
})

describe('resolveModelConfig', () => {
  it('fills defaults from the name', () => {
    expect(resolveModelConfig({ architecture: 'pure34' })).toEqual({
      architecture: 'pure34',
      classes: 10,
      inputSize: [224, 224, 3],
      width: 1,
      stem: 'imagenet',
      shortcut: 'B',
      finalReLU: false,
      initialisation: 'scaled',
      exponentClip: null,
      secondLayer: 'product',
      fixedTheta: false,
    })
    expect(resolveModelConfig({ architecture: 'resnet20', exponentClip: 20 })).toMatchObject({
      stem: 'cifar',
      finalReLU: true,
      exponentClip: null,
    })
  })

  it.each([
    [{ architecture: 'pure21' }, /pure21.*pure20/],
    [{ architecture: 'pure20', classes: 1 }, /classes is 1/],
    [{ architecture: 'pure20', width: 0 }, /width is 0/],
    [{ architecture: 'pure20', width: Number.NaN }, /width is NaN/],
    [{ architecture: 'pure20', inputSize: [0, 32, 3] as const }, /inputSize is \[0,32,3\]/],
    [{ architecture: 'pure20', exponentClip: -1 }, /exponentClip is -1/],
    [{ architecture: 'pure34', shortcut: 'A' as const }, /pure34 has no shortcut A/],
    [{ architecture: 'pure20', stem: 'vgg' as 'cifar' }, /stem is "vgg"/],
  ])('refuses %j', (partial, message) => {
    expect(() => resolveModelConfig(partial)).toThrow(message)
  })
})
