package bive

import (
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// bar is the confidence that the vendor says its true and false have.
const bar = 95

// The whole of the vendor's vocabulary. What is not here is unknown, and counted.
var (
	statuses = map[string]string{
		"Initiated":               "pending",
		"GeneratingLivenessCheck": "pending",
		"AwaitingLivenessCheck":   "awaiting_subject",
		"Running":                 "pending",
		"Completed":               "completed",
		"Failed":                  "failed", // technical: not a verdict
	}
	finals     = map[string]string{"true": "true", "false": "false", "unknown": "unknown"}
	components = map[string]string{"true": "true", "false": "false", "flagged": "flagged"}
	names      = map[string]string{
		"document": "document", "name": "name", "selfie": "selfie", "liveness": "liveness", "date_of_birth": "birth_date",
		"email": "email", "phone_number": "phone", "address": "address", "website": "website", "registry": "registry",
	}
)

// unclear are words by which the vendor's prose says that a picture is at fault. [assumed: it explains in prose only]
var unclear = []string{
	"blur", "unclear", "not clear", "clearer", "unreadable", "not readable", "illegible", "cannot be read", "out of focus", "glare",
	"too dark", "cropped", "cut off", "resolution",
}

// codes say, by component, what false and flagged mean. The vendor explains in prose only.
var codes = map[string]struct{ wrong, odd string }{
	"document":   {"forged", "document_anomaly"},
	"name":       {"name_mismatch", "small_inconsistency"},
	"selfie":     {"selfie_mismatch", "bad_selfie"},
	"liveness":   {"liveness_failed", "liveness_failed"},
	"birth_date": {"birth_date_mismatch", "small_inconsistency"},
	"address":    {"address_mismatch", "address_unverified"},
	"email":      {"email_unverified", "email_unverified"},
	"phone":      {"phone_unverified", "phone_unverified"},
	"website":    {"company_data_mismatch", "small_inconsistency"},
	"registry":   {"company_not_found", "company_data_mismatch"},
}

func reason(component, result string) string {
	c, ok := codes[component]
	switch {
	case !ok:
		return "other"
	case result == "false":
		return c.wrong
	}
	return c.odd
}

// says is the reasoning in our words.
func says(result string, reasons []string) string {
	if len(reasons) == 0 {
		if result == "true" {
			return "Bive found it valid."
		}
		return "Bive found it not valid."
	}
	s := map[string]string{
		"true": "Bive found it valid.", "false": "Bive found it not valid.", "flagged": "Bive found something unusual.",
		"unknown": "Bive could not tell.",
	}[result]
	for _, code := range reasons {
		if text, ok := providers.ReasonText(code); ok && code != "inconclusive" {
			s += " " + text
		}
	}
	return s
}

// labels keeps the vendor's own words where they are words.
func labels(what, result string) []string {
	if result == "" {
		return nil
	}
	return []string{clean(what) + ":" + clean(result)}
}

// unknown counts a word of the vendor's that is not in the tables.
func (v *reader) unknown(where, what string) {
	v.out.Unknown = append(v.out.Unknown, where+":"+clean(what))
}

// clean lets through what looks like a word of a vocabulary: what does not may be somebody's data.
func clean(s string) string {
	if len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
		return "?"
	}
	return s
}
