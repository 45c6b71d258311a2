package bonafide_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/all"
)

// row is one line of the README's table of what is there.
type row struct {
	vendor, what string
	there        bool
	shown        []string
}

// everyVendor is the vendor of the rows that hold for all.
const everyVendor = "every vendor"

var ticked = regexp.MustCompile("`([^`]+)`")

// rows reads the table between the marks.
func rows(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- rows:begin -->\n")
	table, _, ok2 := strings.Cut(rest, "<!-- rows:end -->")
	if !ok || !ok2 {
		t.Fatal("README.md has no table between rows:begin and rows:end")
	}
	var all []row
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if i < 2 {
			continue
		}
		if len(cells) != 4 {
			t.Fatalf("README.md: %q has %d cells, want 4", line, len(cells))
		}
		r := row{vendor: strings.TrimSpace(cells[0]), what: strings.TrimSpace(cells[1]), there: strings.TrimSpace(cells[2]) == "yes"}
		if word := strings.TrimSpace(cells[2]); word != "yes" && word != "no" {
			t.Errorf("README.md: %q says %q, want yes or no", line, word)
		}
		for _, m := range ticked.FindAllStringSubmatch(cells[3], -1) {
			r.shown = append(r.shown, m[1])
		}
		all = append(all, r)
	}
	return all
}

// The README says of each vendor what is there, and names what shows it: each name is looked for in the code, and what the code
// can is in the README.
func TestTheMatrixIsTrue(t *testing.T) {
	can := capabilities(t)
	table := rows(t)
	names := map[string]string{} // folder by title
	for _, d := range all.Definitions() {
		names[d.Spec.Title] = d.Spec.Name
		claimed := func(r row) bool { return r.vendor == d.Spec.Title && r.there }
		if !slices.ContainsFunc(table, func(r row) bool { return r.vendor == d.Spec.Title }) {
			t.Errorf("README.md: no row of %s", d.Spec.Title)
		}
		for capability, has := range can[d.Spec.Name] {
			told := slices.ContainsFunc(table, func(r row) bool { return claimed(r) && slices.Contains(r.shown, capability) })
			if told != has && slices.ContainsFunc(table, claimed) {
				t.Errorf("README.md: of %s %s is told %v, and is there %v", d.Spec.Title, capability, told, has)
			}
		}
	}
	for _, r := range table {
		switch {
		case r.there && len(r.shown) == 0:
			t.Errorf("README.md: %s, %s: yes, and nothing shows it", r.vendor, r.what)
		case !r.there && len(r.shown) > 0:
			t.Errorf("README.md: %s, %s: no, and %v shows it", r.vendor, r.what, r.shown)
		case r.vendor == everyVendor:
			for _, d := range all.Definitions() {
				if !slices.ContainsFunc(table, func(r row) bool { return r.vendor == d.Spec.Title && r.there }) {
					continue // nothing is claimed of this one
				}
				for _, name := range r.shown {
					exists(t, d.Spec.Name, name, can)
				}
			}
		case r.there && names[r.vendor] == "":
			t.Errorf("README.md: %s, %s: there is no such vendor", r.vendor, r.what)
		default:
			for _, name := range r.shown {
				exists(t, names[r.vendor], name, can)
			}
		}
	}
}

// exists looks for what shows a row of a vendor.
func exists(t *testing.T, vendor, name string, can map[string]map[string]bool) {
	t.Helper()
	folder := filepath.Join("providers", vendor)
	if _, ok := can[vendor][name]; ok {
		return // compared both ways already
	}
	dir, test, isTest := strings.Cut(name, ".")
	switch {
	case name == "requests", name == "sandbox":
		pattern := map[string]string{"requests": folder + "/testdata/requests/*", "sandbox": "sandbox/" + vendor + "/README.md"}[name]
		if found, err := filepath.Glob(pattern); err != nil || len(found) == 0 {
			t.Errorf("README.md: %s has no %s", vendor, pattern)
		}
	case strings.HasPrefix(name, "requests/"):
		if _, err := os.Stat(filepath.Join(folder, "testdata", name+".txt")); err != nil {
			t.Errorf("README.md: %s: %v", name, err)
		}
	case !isTest:
		holds(t, folder, name)
	case strings.Contains(dir, "/"):
		holds(t, dir, test)
	default:
		holds(t, filepath.Join("providers", dir), test)
	}
}

// holds looks for a test in a folder.
func holds(t *testing.T, dir, test string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+test+"(") {
			return
		}
	}
	t.Errorf("README.md: there is no %s in %s", test, dir)
}

// capabilities says by vendor what its client can do beyond sending and asking.
func capabilities(t *testing.T) map[string]map[string]bool {
	t.Helper()
	boxes, err := single.StartSandboxes(single.SandboxConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(boxes.Close)
	can := map[string]map[string]bool{}
	for _, b := range boxes.Running {
		for _, d := range all.Definitions() {
			if d.Spec.Name != b.Name {
				continue
			}
			c, err := d.Open(t.Context(), envconfig.MapLookuper(b.Settings), providers.Options{AllowInsecure: true})
			if err != nil {
				t.Fatal(err)
			}
			can[b.Name] = map[string]bool{"Looker": c.CanLook(), "Resubmitter": c.CanResubmit(), "Eraser": c.CanErase(), "Linker": c.CanLink(), "Concluder": c.CanConclude()}
			c.Close()
		}
	}
	return can
}
