// Bundle the tag and the module into the folder that is named; `npm run build -- FOLDER`.
import { build } from "esbuild";

const [folder] = process.argv.slice(2);
const common = { bundle: true, minify: true, target: "es2021", charset: "utf8", legalComments: "none" };

await build({ ...common, entryPoints: ["src/tag.ts"], format: "iife", outfile: `${folder}/t.js` });
await build({ ...common, entryPoints: ["src/module.ts"], format: "esm", outfile: `${folder}/t.mjs` });
