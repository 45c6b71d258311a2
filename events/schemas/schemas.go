// Package schemas holds the JSON Schemas (draft 2020-12) of everything public: the data of events, which their
// dataschema attribute names, and the bodies of the HTTP API. They are published under Base.
package schemas

import "embed"

// Base is where the schemas are published. A schema's $id is Base and its file name.
const Base = "https://bonafide-id.github.io/schemas/"

// Files holds one file per schema.
//
//go:embed *.json
var Files embed.FS
