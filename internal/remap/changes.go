package remap

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// changes lists what differs between two readings.
func changes(id, check string, before, after []decision.Finding) (out []Change) {
	for i := range before {
		f := &before[i]
		now := about(after, f)
		if now == nil || !reflect.DeepEqual(*now, *f) {
			out = append(out, Change{id, check, f.Component, f.Person, says(f), says(now)})
		}
	}
	for i := range after {
		if f := &after[i]; about(before, f) == nil {
			out = append(out, Change{id, check, f.Component, f.Person, "", says(f)})
		}
	}
	return out
}

// about returns the finding about the same as f, or nil.
func about(in []decision.Finding, f *decision.Finding) *decision.Finding {
	i := slices.IndexFunc(in, func(x decision.Finding) bool { return x.Component == f.Component && x.Person == f.Person })
	if i < 0 {
		return nil
	}
	return &in[i]
}

func says(f *decision.Finding) string {
	if f == nil {
		return ""
	}
	return word(f.Result, f.Confidence)
}

// word is a result with its confidence.
func word(result string, confidence float64) string {
	return result + " (" + strconv.FormatFloat(confidence, 'g', -1, 64) + ")"
}
