package dispatch

import (
	"errors"
	"reflect"
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/internal/fault"
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
