package dispatch

import (
	"errors"
	"reflect"
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/subject"
)

// repeatsClaim says whether a text repeats something that is claimed of a person in the dossier. Without a dossier nobody can
// tell, so it counts as repeated.
func repeatsClaim(text string, d *events.Dossier) bool {
	if d == nil {
		return true
	}
	var claims []string
	claims = collect(claims, reflect.ValueOf(d.Subject))
	for _, p := range d.AssociatedPersons {
		claims = collect(claims, reflect.ValueOf(p.Person))
	}
	return compare.Repeats(text, claims)
}

// common are the fields whose values name nobody: everybody's messages hold them.
var common = []string{"Type", "Gender", "Nationality", "Country", "BirthCountry", "IssueCountry", "Currency", "Description"}

// collect appends every text below v.
func collect(to []string, v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); s != "" {
			to = append(to, s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to = collect(to, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			to = collect(to, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !slices.Contains(common, v.Type().Field(i).Name) {
				to = collect(to, v.Field(i))
			}
		}
	}
	return to
}

// crossCheck adds what comparing the claim with what the vendor read says, where the check is asked for it. The vendor's own
// finding stays unless ours is more cautious.
func crossCheck(found []events.Finding, wanted []string, claimed, read *subject.Person) []events.Finding {
	if claimed == nil {
		return found
	}
	if slices.Contains(wanted, "name") {
		found = moreCautious(found, "name", compare.Names(nameParts(claimed.Name), nameParts(read.Name)))
	}
	if slices.Contains(wanted, "birth_date") {
		found = moreCautious(found, "birth_date", compare.Dates(birthDate(claimed), birthDate(read)))
	}
	return found
}

// verdicts is what comparisons mean as findings. The reason of a difference is that of its component.
var verdicts = map[compare.Verdict]events.Finding{
	compare.Same:      {Result: "true", Confidence: 99, Reasoning: "What was claimed and what the document says are the same."},
	compare.Contained: {Result: "true", Confidence: 96, Reasoning: "What was claimed and what the document says are the same, but for further names."},
	compare.Close:     {Result: "flagged", Confidence: 70, Reasoning: "What was claimed and what the document says are similar, not the same.", Reasons: []string{"small_inconsistency"}},
	compare.Different: {Result: "false", Confidence: 97, Reasoning: "What was claimed and what the document says differ."},
}

func moreCautious(found []events.Finding, component string, v compare.Verdict) []events.Finding {
	ours, ok := verdicts[v]
	if !ok {
		return found
	}
	ours.Component = component
	if v == compare.Different {
		ours.Reasons = []string{component + "_mismatch"}
	}
	i := slices.IndexFunc(found, func(f events.Finding) bool { return f.Component == component && f.Person == "" })
	switch {
	case i < 0:
		return append(found, ours)
	case v > compare.Contained && found[i].Result != "false":
		ours.Labels, ours.Expires = found[i].Labels, found[i].Expires
		found[i] = ours
	}
	return found
}

func nameParts(n *subject.PersonName) []string {
	if n == nil {
		return nil
	}
	if n.FirstName == "" && n.LastName == "" {
		return []string{n.FullName}
	}
	middle := n.MiddleName
	if middle == "" {
		middle = n.MiddleInitial
	}
	return []string{n.FirstName, middle, n.LastName}
}

func birthDate(p *subject.Person) string {
	if p.Info == nil {
		return ""
	}
	return p.Info.BirthDate
}

// errReason returns the reason of the outermost classified error that has one.
func errReason(err error) string {
	for err != nil {
		var e *fault.Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Reason != "" {
			return e.Reason
		}
		err = e.Err
	}
	return ""
}
