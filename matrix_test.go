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

// tableOf reads the lines below the head of one of the README's tables.
func tableOf(t *testing.T, name string) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- "+name+":begin -->\n")
	inside, _, ok2 := strings.Cut(rest, "<!-- "+name+":end -->")
	if !ok || !ok2 {
		t.Fatalf("README.md has no table between %s:begin and %s:end", name, name)
	}
	for i, line := range strings.Split(strings.TrimSpace(inside), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		if i >= 2 {
			lines = append(lines, cells)
		}
	}
	return lines
}

// rows reads the table of what is there.
func rows(t *testing.T) []row {
	t.Helper()
	var all []row
	for _, cells := range tableOf(t, "rows") {
		if len(cells) != 4 {
			t.Fatalf("README.md: %q has %d cells, want 4", cells, len(cells))
		}
		r := row{vendor: cells[0], what: cells[1], there: cells[2] == "yes"}
		if cells[2] != "yes" && cells[2] != "no" {
			t.Errorf("README.md: %q says %q, want yes or no", cells, cells[2])
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
	said := rows(t)
	names := map[string]string{} // folder by title
	for _, d := range all.Definitions() {
		names[d.Spec.Title] = d.Spec.Name
		claimed := func(r row) bool { return r.vendor == d.Spec.Title && r.there }
		if !slices.ContainsFunc(said, func(r row) bool { return r.vendor == d.Spec.Title }) {
			t.Errorf("README.md: no row of %s", d.Spec.Title)
		}
		for capability, has := range can[d.Spec.Name] {
			told := slices.ContainsFunc(said, func(r row) bool { return claimed(r) && slices.Contains(r.shown, capability) })
			if told != has && slices.ContainsFunc(said, claimed) {
				t.Errorf("README.md: of %s %s is told %v, and is there %v", d.Spec.Title, capability, told, has)
			}
		}
	}
	for _, r := range said {
		switch {
		case r.there && len(r.shown) == 0:
			t.Errorf("README.md: %s, %s: yes, and nothing shows it", r.vendor, r.what)
		case !r.there && len(r.shown) > 0:
			t.Errorf("README.md: %s, %s: no, and %v shows it", r.vendor, r.what, r.shown)
		case r.vendor == everyVendor:
			for _, d := range all.Definitions() {
				if !slices.ContainsFunc(said, func(r row) bool { return r.vendor == d.Spec.Title && r.there }) {
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

// The overview has every vendor, and says of whom it can speak, whether it sends webhooks and whether it has a sandbox.
func TestTheOverviewIsTrue(t *testing.T) {
	can := capabilities(t)
	lines := tableOf(t, "matrix")
	for _, d := range all.Definitions() {
		i := slices.IndexFunc(lines, func(cells []string) bool { return strings.HasPrefix(cells[0], d.Spec.Title) })
		if i < 0 {
			t.Errorf("README.md: the overview lacks %s", d.Spec.Title)
			continue
		}
		for column, has := range map[int]bool{
			1: slices.Contains(d.Spec.Subjects, "person"), 2: slices.Contains(d.Spec.Subjects, "business"),
			5: d.HasWebhook(), 7: d.Spec.PollEvery > 0, 8: can[d.Spec.Name] != nil,
		} {
			word := lines[i][column]
			if said := !strings.HasPrefix(word, "no"); said != has { // "no", "none", "not needed"
				t.Errorf("README.md: the overview says %q in column %d of %s, want %v", word, column, d.Spec.Title, has)
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
