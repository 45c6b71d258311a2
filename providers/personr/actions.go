package personr

import (
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// retry asks for what the labels name: one side, the selfie, or else every image of an identity document that was handed in, and
// the selfie if there was none: the vendor takes a check without one, and has no label that says so. On its page the person is
// asked by the page.
func (v *reader) retry(words []string, comment string) {
	_, codes := v.blamed(words)
	var all []string
	for _, w := range words {
		if l, ok := labels[w]; ok && !slices.Contains(all, l.code) {
			all = append(all, l.code)
		}
	}
	if len(all) == 0 {
		all = []string{"document_unverified"}
	}
	v.out.Status = "awaiting_subject"
	if v.at.Link != "" {
		v.open(all, comment)
		return
	}
	for _, w := range words {
		l := labels[w]
		switch l.ask {
		case "SELFIE":
			v.ask("SELFIE", "", codes["selfie"], comment)
		case "FRONT_SIDE", "BACK_SIDE":
			for _, name := range v.at.Images {
				if kind, _ := split(name); kind != "SELFIE" && kind != "UTILITY_BILL" {
					v.ask(documents[kind], strings.TrimSuffix(l.ask, "_SIDE"), all, comment)
				}
			}
		}
	}
	if len(v.out.Actions) > 0 {
		return
	}
	for _, name := range v.at.Images {
		kind, side := split(name)
		if kind == "PASSPORT" {
			side = ""
		}
		if kind != "SELFIE" && kind != "UTILITY_BILL" {
			v.ask(documents[kind], side, all, comment)
		}
	}
	if len(v.out.Actions) == 0 {
		v.ask("", "", all, comment)
		return
	}
	if !slices.Contains(v.at.Images, "SELFIE") {
		v.ask("SELFIE", "", []string{"missing_document"}, comment)
	}
}

// ask adds an action, once.
func (v *reader) ask(document, side string, codes []string, comment string) {
	for _, a := range v.out.Actions {
		if a.Document == document && a.Side == side {
			return
		}
	}
	v.out.Actions = append(v.out.Actions, providers.Action{Type: "resubmit", Document: document, Side: side, Reasons: codes, Message: comment})
}

// open sends the subject to the vendor's page.
func (v *reader) open(codes []string, comment string) {
	v.out.Status = "awaiting_subject"
	v.out.Actions = []providers.Action{{Type: "open_link", URL: v.at.Link, Reasons: codes, Message: comment}}
}
