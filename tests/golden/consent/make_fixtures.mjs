// Makes the oracle's answers: thousands of strings that the IAB's own JavaScript libraries wrote, what
// the same libraries read in them, and what they read in damaged ones. README.md says how to run it.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";

const [modules, out] = process.argv.slice(2);

// The libraries stamp what they write with today's date: let it be the same day for ever.
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...given) { super(...(given.length ? given : [Clock.UTC(2026, 5, 1)])); }
};
const inside = (path) => import(pathToFileURL(join(modules, path)));
const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"))).version;
const { TCModel, TCString, GVL, PurposeRestriction, Segment } = await inside("@iabtcf/core/lib/mjs/index.js");
const { GppModel } = await inside("@iabgpp/cmpapi/lib/mjs/encoder/GppModel.js");
const { Sections } = await inside("@iabgpp/cmpapi/lib/mjs/encoder/section/Sections.js");
const { FibonacciIntegerRangeEncoder } = await inside(
  "@iabgpp/cmpapi/lib/mjs/encoder/datatype/encoder/FibonacciIntegerRangeEncoder.js");

// A small generator with a seed (mulberry32), so that every run makes the same strings.
let seed = 20260301;
const random = () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const often = (share) => random() < share;
const one = (list) => list[below(list.length)];

// ---------------------------------------------------------------------------------------------- TCF

const VENDORS = 1800;
const purposes = Object.fromEntries([...Array(11).keys()].map((i) => [i + 1, { id: i + 1 }]));
const all = [...Array(11).keys()].map((i) => i + 1);
const gvl = new GVL({
  gvlSpecificationVersion: 3, vendorListVersion: 180, tcfPolicyVersion: 4,
  lastUpdated: "2026-01-01T00:00:00Z", purposes, specialPurposes: {}, features: {},
  specialFeatures: { 1: { id: 1 }, 2: { id: 2 } }, stacks: {}, dataCategories: {},
  vendors: Object.fromEntries([...Array(VENDORS).keys()].map((i) => [i + 1, {
    id: i + 1, name: `v${i + 1}`, purposes: all, legIntPurposes: [2, 7, 8, 9, 10, 11],
    flexiblePurposes: [2, 7, 8, 9, 10, 11], specialPurposes: [], features: [], specialFeatures: [],
  }])),
});

function some(most) {
  const highest = 1 + below(most);
  const kind = below(4);
  if (kind === 0) return [];
  if (kind === 1) return [...Array(1 + below(6))].map(() => 1 + below(highest)); // a few
  if (kind === 2) { // blocks, which are written as ranges
    const first = 1 + below(highest);
    return [...Array(Math.min(most - first, 1 + below(400))).keys()].map((i) => first + i);
  }
  return [...Array(highest).keys()].map((i) => i + 1).filter(() => often(0.5));
}

const SINCE = Date.UTC(2026, 2, 1);
function tcModel() {
  const model = new TCModel();
  const small = often(0.97);
  const most = small ? 32 : VENDORS;
  model.cmpId = 2 + below(400);
  model.cmpVersion = below(4096);
  model.consentScreen = below(64);
  model.vendorListVersion = 1 + below(300);
  model.policyVersion = often(0.96) ? one([4, 5]) : one([2, 3, 6]);
  model.isServiceSpecific = often(0.98);
  model.useNonStandardStacks = often(0.2);
  model.purposeOneTreatment = often(0.1);
  model.publisherCountryCode = one(["DE", "FR", "AA", "ZZ", "GB"]);
  const generous = often(0.4) ? 0.97 : 0.5;
  model.purposeConsents.set(all.filter(() => often(generous)));
  model.purposeLegitimateInterests.set([2, 7, 8, 9, 10, 11].filter(() => often(0.5)));
  model.specialFeatureOptins.set([1, 2].filter(() => often(0.5)));
  const set = (vector, ids) => ids.length && vector.set(ids);
  set(model.vendorConsents, some(most));
  set(model.vendorLegitimateInterests, some(small ? 16 : VENDORS));
  if (often(0.25)) {
    for (let i = below(5); i >= 0; i--) {
      const restriction = new PurposeRestriction(one([2, 7, 8, 9, 10, 11]), one([0, 1, 2]));
      for (const id of some(40)) model.publisherRestrictions.add(id, restriction);
    }
  }
  const late = often(0.6);
  const stamp = new Date((late ? SINCE : Date.UTC(2023, 10, 20)) + below(late ? 250 : 800) * 864e5);
  model.created = stamp;
  model.lastUpdated = stamp;
  const segments = [Segment.CORE];
  if (often(late ? 0.97 : 0.3)) segments.push(Segment.VENDORS_DISCLOSED);
  if (often(0.1)) segments.push(Segment.VENDORS_ALLOWED);
  if (often(0.5)) segments.push(Segment.PUBLISHER_TC);
  if (often(0.5)) {
    model.publisherConsents.set(all.filter(() => often(0.5)));
    model.numCustomPurposes = below(4);
  }
  return { model, segments, disclosed: some(most) };
}

const { SegmentEncoder } = await inside("@iabtcf/core/lib/mjs/encoder/SegmentEncoder.js");
function writeTcf() {
  const { model, segments, disclosed } = tcModel();
  model.publisherRestrictions.gvl = gvl;
  model.vendorsDisclosed.empty();
  if (disclosed.length) model.vendorsDisclosed.set(disclosed);
  return segments.map((segment) => SegmentEncoder.encode(model, segment)).join(".");
}

function ranges(numbers) {
  const found = [];
  for (const n of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    if (last && last[1] === n - 1) last[1] = n;
    else found.push([n, n]);
  }
  return found;
}
const members = (vector) => { const ids = []; vector.forEach((has, id) => has && ids.push(id)); return ids; };

function readTcf(text) {
  try {
    const m = TCString.decode(text);
    const restrictions = m.publisherRestrictions.getRestrictions()
      .map((r) => [r.purposeId, r.restrictionType, ranges(m.publisherRestrictions.getVendors(r))])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const disclosed = text.split(".").slice(1).some((s) => "IJKLMNOP".includes(s[0]));
    return [m.policyVersion, m.isServiceSpecific, m.created.getTime() / 1000,
      m.lastUpdated.getTime() / 1000, m.cmpId, m.cmpVersion, m.vendorListVersion,
      ranges(members(m.purposeConsents)), ranges(members(m.vendorConsents)), restrictions,
      disclosed ? ranges(members(m.vendorsDisclosed)) : null];
  } catch { return null; }
}

// ---------------------------------------------------------------------------------------------- GPP

const US = [...Sections.SECTION_ID_NAME_MAP.entries()].filter(([id]) => id >= 7);
const choices = (value) => (Array.isArray(value) ? value.map(() => below(3)) : below(3));
const QUIET = new Set(["Version", "MspaVersion", "GpcSegmentType", "GpcSegmentIncluded", "Gpc",
  "SensitiveDataConsentSegmentIncluded"]);

function writeGpp() {
  const model = new GppModel();
  if (often(0.4)) {
    model.setFieldValue("tcfeuv2", "IsServiceSpecific", true);
    model.setFieldValue("tcfeuv2", "PolicyVersion", one([4, 5]));
    model.setFieldValue("tcfeuv2", "PurposeConsents", [...Array(24).keys()].map((i) => i < 11 && often(0.8)));
    model.setFieldValue("tcfeuv2", "VendorConsents", ranges(some(40)).flatMap(([a, b]) =>
      [...Array(b - a + 1).keys()].map((i) => a + i)));
    model.setFieldValue("tcfeuv2", "VendorsDisclosed", [1, 2, 3, 5 + below(30)]);
  }
  if (often(0.3)) {
    model.setFieldValue("uspv1", "Notice", one(["Y", "N", "-"]));
    model.setFieldValue("uspv1", "OptOutSale", one(["Y", "N", "-"]));
    model.setFieldValue("uspv1", "LspaCovered", one(["Y", "N", "-"]));
  }
  if (often(0.05)) model.setFieldValue("tcfcav1", "CmpId", below(100));
  const quiet = often(0.5);
  for (const [, name] of US.filter(() => often(0.07))) {
    model.setFieldValue(name, "MspaCoveredTransaction", 1 + below(2));
    const section = model.sections.get(name);
    for (const field of section.segments.flatMap((segment) => segment.getFieldNames())) {
      if (QUIET.has(field) || field === "MspaCoveredTransaction") continue;
      const value = choices(section.getFieldValue(field));
      model.setFieldValue(name, field, quiet && field.endsWith("OptOut") ? 2 * below(2) : value);
    }
    if (section.hasField("Gpc")) {
      model.setFieldValue(name, "Gpc", often(quiet ? 0.1 : 0.5));
      model.setFieldValue(name, "GpcSegmentIncluded", often(0.6));
    }
    if (section.hasField("SensitiveDataConsentSegmentIncluded"))
      model.setFieldValue(name, "SensitiveDataConsentSegmentIncluded", often(0.6));
    if (name === "usnat" && often(0.5)) {
      model.setFieldValue(name, "Version", 1);
      model.setFieldValue(name, "SensitiveDataProcessing", [...Array(16)].map((_, i) => (i < 12 ? below(3) : 0)));
      model.setFieldValue(name, "KnownChildSensitiveDataConsents", [below(3), below(3), 0]);
    }
  }
  return model.encode();
}

function readGpp(text) {
  try {
    const model = new GppModel(text);
    const ids = model.getSectionIds();
    return ids.map((id) => {
      const name = Sections.SECTION_ID_NAME_MAP.get(id);
      const get = (field) => model.getFieldValue(name, field);
      if (id === 2) return [id, ranges(get("PurposeConsents").flatMap((on, i) => (on ? [i + 1] : []))),
        ranges(get("VendorConsents"))];
      if (id === 6) return [id, get("OptOutSale") === "Y"];
      if (id < 7) return [id];
      const core = model.sections.get(name).segments[0].getFieldNames().slice(1);
      const included = text.split("~")[1 + ids.indexOf(id)].includes(".");
      return [id, core.map((field) => [get(field)].flat().join("")).join(""),
        included && model.hasField(name, "Gpc") ? get("Gpc") : false];
    });
  } catch { return null; }
}

// ------------------------------------------------------------------------------------------ damage

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Which lengths of a cut string the library reads without a word. */
const lax = (text, read) => ranges([...Array(text.length - 1).keys()].map((i) => i + 1)
  .filter((n) => read(text.slice(0, n)) !== null));

function fixtures(name, count, write, read) {
  const strings = [...new Set([...Array(count * 2)].map(write))].slice(0, count);
  const short = strings.filter((text) => text.length < 160);
  const damaged = [...Array(1200)].map(() => {
    const text = one(short), at = below(text.length);
    const odd = text.slice(0, at) + one([...LETTERS, ".", "~"]) + text.slice(at + 1);
    return [odd, read(odd)];
  });
  return {
    oracle: `${name} ${version(name)}`,
    strings: strings.map((text) => [text, read(text)]),
    truncated: short.slice(0, 300).map((text) => [text, lax(text, read)]),
    damaged,
  };
}

const headers = [...Array(500)].map(() => {
  const ids = [...new Set([...Array(below(12))].map(() => 1 + below(one([8, 30, 4000]))))].sort((a, b) => a - b);
  return [ids, FibonacciIntegerRangeEncoder.encode([...ids])];
});

function save(file, value) {
  const packed = gzipSync(JSON.stringify(value), { level: 9 });
  writeFileSync(join(out, file), packed);
  console.log(file, packed.length, "bytes", value.strings?.length ?? value.length);
}
save("tcf.json.gz", fixtures("@iabtcf/core", 4000, writeTcf, readTcf));
save("gpp.json.gz", { ...fixtures("@iabgpp/cmpapi", 3000, writeGpp, readGpp), headers });
