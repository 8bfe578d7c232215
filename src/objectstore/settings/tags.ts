import { compareTexts } from '../../domain/compare.ts';
import { buildXml, childOf, childrenOf, parseXml, textOf } from '../xml.ts';
import { readSetting, removeSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

/** All tags of the bucket, by key. */
export const tags: BucketSetting<Readonly<Record<string, string>>> = {
  name: 'tagging',
  wanted: (spec) => spec.tags,
  read: async (handle) => {
    const answer = await readSetting(handle, 'tagging', 'the tags', 'NoSuchTagSet');
    const set = childOf(parseXml(answer ?? '', 'Tagging'), 'TagSet');
    return Object.fromEntries(childrenOf(set, 'Tag').map((tag) => [textOf(tag, 'Key'), textOf(tag, 'Value')]));
  },
  write: (handle, value) => {
    const set = Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
    if (set.length === 0) return removeSetting(handle, 'tagging', 'the tags');
    return writeSetting(handle, 'tagging', 'the tags', buildXml('Tagging', { TagSet: { Tag: set } }));
  },
  show: (value) =>
    Object.entries(value)
      .map(([key, text]) => `${key}=${text}`)
      .sort(compareTexts),
};
