package k8s_test

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestImagesAreBuiltFromPinnedBasesAndRunAsNobody(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file := string(text)
	bases := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(file, -1)
	for i, b := range bases {
		last := i == len(bases)-1
		if !(last && b[1] == "scratch") && !pinned.MatchString(b[1]) {
			t.Errorf("base %q is not pinned", b[1])
		}
		if last && b[1] != "scratch" {
			t.Errorf("the image is made on %q, want nothing (scratch)", b[1])
		}
	}
	if len(bases) < 2 || !strings.Contains(file, "\nUSER 65532:65532\n") || !strings.Contains(file, "CGO_ENABLED=0") {
		t.Error("want stages, a program without C libraries, and user 65532")
	}
}

// An image is named after the command that is in it.
func TestEveryImageHasACommand(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			c := m.workload(t, part).container(t)
			name, _, _ := strings.Cut(path.Base(c.Image), ":")
			command := strings.TrimPrefix(name, "bonafide-")
			if len(c.Command) > 0 {
				t.Errorf("%s: overrides the image's program with %v", part, c.Command)
			}
			if want := map[bool]string{true: "bonafide", false: part}[part == "streams"]; command != want {
				t.Errorf("%s: runs image %s, want the one of cmd/%s", part, c.Image, want)
			}
			if _, err := os.Stat("../../cmd/" + command + "/main.go"); err != nil {
				t.Errorf("%s: image %s: %v", part, c.Image, err)
			}
		}
	})
}
