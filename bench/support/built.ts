import { registerHooks } from 'node:module';

// For `node --import`: a program that imports files of src/ gets what the build made of them, as users run it. Otherwise
// most of a start would be Node.js taking the types out.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return { ...found, url: found.url.replace(/\/src\/(.*)\.ts$/, '/dist/$1.js') };
  },
});
