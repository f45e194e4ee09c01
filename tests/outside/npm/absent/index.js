// Stands where two XML parsers would: one lived at a git address that is gone, the other needs a compiler.
// The client asks for both when it is loaded and uses neither for JSON.
module.exports = {};
