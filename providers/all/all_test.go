package all_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/providers/all"
	"github.com/bonafide-id/bonafide/providers/fake"
)

func TestNamesAreUniqueAndFoldersComplete(t *testing.T) {
	seen := map[string]bool{"fake": true}
	for _, d := range all.Definitions() {
		name := d.Spec.Name
		if seen[name] {
			t.Errorf("%s is listed twice", name)
		}
		seen[name] = true
		for _, folder := range []string{"../" + name, "../../sandbox/" + name} {
			if _, err := os.Stat(folder); err != nil {
				t.Errorf("%s has no folder: %v", name, err)
			}
		}
		for _, v := range d.Variables() {
			if want := d.Spec.Prefix(); len(v.Name) <= len(want) || v.Name[:len(want)] != want {
				t.Errorf("%s: variable %s does not begin with %s", name, v.Name, want)
			}
		}
	}
}

func TestParamsAreSchemas(t *testing.T) {
	for _, d := range append(all.Definitions(), fake.Definition) {
		if d.Spec.Params == "" {
			continue
		}
		schema, err := jsonschema.UnmarshalJSON(strings.NewReader(d.Spec.Params))
		if err != nil {
			t.Errorf("%s: %v", d.Spec.Name, err)
			continue
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("params.json", schema); err != nil {
			t.Errorf("%s: %v", d.Spec.Name, err)
		}
		if _, err := c.Compile("params.json"); err != nil {
			t.Errorf("%s: %v", d.Spec.Name, err)
		}
	}
}

func ExampleDefinitions() {
	for _, d := range all.Definitions() {
		fmt.Println(d.Spec.Name, d.Spec.Subjects)
	}
	// Output:
	// sumsub [person business]
	// persona [person]
	// authologic [person business]
	// personr [person business]
	// bive [person business]
	// opensanctions [person business]
}
