package authologic

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/providers"
)

// schema is that of a flow's params.
const schema = `{
	"type": "object",
	"additionalProperties": false,
	"properties": {
		"strategy": {"type": "string", "pattern": "^[a-zA-Z]+:[a-zA-Z0-9_+:-]+$", "description": "instead of AUTHOLOGIC_STRATEGY"},
		"identity": {
			"type": "object", "additionalProperties": false, "description": "what to find out of the user; default: name and birth date, or a company's name and number, if the check wants more than aml, auth and bank_account",
			"properties": {
				"requireOneOf": {"type": "array", "items": {"type": "array", "items": {"type": "string", "pattern": "^(PERSON|COMPANY)_"}}},
				"optional": {"type": "array", "items": {"type": "string", "pattern": "^(PERSON|COMPANY)_"}}
			}
		},
		"aml": {
			"type": "object", "additionalProperties": false, "description": "lists to search; default: PEP and SANCTIONS if the check wants aml",
			"properties": {
				"checks": {"type": "array", "items": {"enum": ["PEP", "SANCTIONS", "ADVERSE_MEDIA", "SIP", "OTHER"]}},
				"subscription": {"type": "boolean", "description": "watch the lists afterwards; default false"}
			}
		},
		"verify": {"type": "boolean", "description": "compare what was claimed with what was found; default false"},
		"auth": {
			"type": "object", "additionalProperties": false, "description": "recognise the user; default: if the check wants auth",
			"properties": {"challenge": {"type": "string"}}
		},
		"bankTransactions": {
			"type": "object", "additionalProperties": false, "description": "the user shows a bank account; default: if the check wants bank_account",
			"properties": {
				"type": {"enum": ["CREDIT", "DEBIT", "ALL"]},
				"flags": {"type": "array", "items": {"enum": ["INCLUDE_SCHEDULED", "INCLUDE_TAGS"]}}
			}
		},
		"settings": {"type": "object", "additionalProperties": {"type": "string"}, "description": "settings of the strategy"},
		"hints": {
			"description": "how to hand over what was claimed: one word for all of it, or which parts are known and which uncertain; default known",
			"oneOf": [
				{"enum": ["known", "uncertain", "none"]},
				{"type": "object", "additionalProperties": false, "properties": {"known": {"$ref": "#/$defs/parts"}, "uncertain": {"$ref": "#/$defs/parts"}}}
			]
		}
	},
	"$defs": {"parts": {"type": "array", "uniqueItems": true, "items": {"enum": ["name", "ids", "info", "address", "contact"]}}}
}`

// params are a flow's settings for this vendor.
type params struct {
	Strategy string `json:"strategy"`
	Identity *struct {
		RequireOneOf [][]string `json:"requireOneOf"`
		Optional     []string   `json:"optional"`
	} `json:"identity"`
	AML *struct {
		Checks       []string `json:"checks"`
		Subscription bool     `json:"subscription"`
	} `json:"aml"`
	Verify   bool              `json:"verify"`
	Auth     *auth             `json:"auth"`
	Bank     *bank             `json:"bankTransactions"`
	Settings map[string]string `json:"settings"`
	Hints    *split            `json:"hints"`
}

// split says which parts of what was claimed are handed over as known and which as uncertain.
type split struct {
	Known     []string `json:"known"`
	Uncertain []string `json:"uncertain"`
}

// parts are all of what can be claimed.
var parts = []string{"name", "ids", "info", "address", "contact"}

// UnmarshalJSON takes one word for all parts, or the parts of each.
func (s *split) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"known"`:
		*s = split{Known: parts}
	case `"uncertain"`:
		*s = split{Uncertain: parts}
	case `"none"`:
		*s = split{}
	default:
		type plain split
		return json.Unmarshal(b, (*plain)(s), json.RejectUnknownMembers(true))
	}
	return nil
}

// paramsOf reads a request's params.
func paramsOf(r providers.Request) (p params, err error) {
	if len(r.Params) > 0 && json.Unmarshal(r.Params, &p, json.RejectUnknownMembers(true)) != nil {
		return p, invalid("the params are not those of the schema")
	}
	if p.Hints == nil {
		p.Hints = &split{Known: parts}
	}
	return p, nil
}

// query is what the params ask for and, where they say nothing, what the check's components need.
func (p *params) query(r providers.Request, about claims) query {
	wants := func(component string) bool { return slices.Contains(r.Components, component) }
	var q query
	switch {
	case p.Identity != nil:
		q.Identity = &identity{RequireOneOf: p.Identity.RequireOneOf}
		if len(p.Identity.Optional) > 0 {
			q.Identity.Optional = []optional{{p.Identity.Optional}}
		}
	case slices.ContainsFunc(r.Components, func(c string) bool { return c != "aml" && c != "auth" && c != "bank_account" }):
		q.Identity = &identity{RequireOneOf: [][]string{{"PERSON_NAME_FIRSTNAME", "PERSON_NAME_LASTNAME", "PERSON_INFO_BIRTHDATE"}}}
		if about.Company != nil {
			q.Identity.RequireOneOf = [][]string{{"COMPANY_NAME_NAME", "COMPANY_IDS_TAX_ID"}}
		}
	}
	if p.AML != nil || wants("aml") {
		q.AML = &aml{Checks: []string{"PEP", "SANCTIONS"}}
		if p.AML != nil {
			if len(p.AML.Checks) > 0 {
				q.AML.Checks = p.AML.Checks
			}
			if p.AML.Subscription {
				q.AML.Subscription = &struct{}{}
			}
		}
	}
	if p.Verify {
		q.Verify = &verify{about}
	}
	if q.Auth = p.Auth; q.Auth == nil && wants("auth") {
		q.Auth = &auth{}
	}
	if q.Bank = p.Bank; q.Bank == nil && wants("bank_account") {
		q.Bank = &bank{}
	}
	if q.AML != nil && q.userless() && about.Person != nil {
		q.AML.User = searched(about.Person)
	}
	return q
}
