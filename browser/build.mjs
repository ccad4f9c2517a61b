// Bundle the tag and the module into the folder that is named; `npm run build -- FOLDER`.
import { mkdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { minify } from "terser";

const [folder] = process.argv.slice(2);
const outputs = { "t.js": ["src/tag.ts", "iife"], "t.mjs": ["src/module.ts", "esm"] };

await mkdir(folder, { recursive: true });
for (const [name, [entry, format]] of Object.entries(outputs)) {
  const options = { entryPoints: [entry], format, bundle: true, write: false, target: "es2021" };
  const { outputFiles } = await build(options);
  // What terser makes is 5 % smaller in gzip than what esbuild makes by itself.
  const { code } = await minify(outputFiles[0].text, {
    module: format === "esm",
    ecma: 2020,
    compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true },
    mangle: true,
  });
  await writeFile(`${folder}/${name}`, code);
}
