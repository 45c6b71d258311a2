//go:build linux && (amd64 || arm64)

package disk_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// TestMain is also what is watched, and what it becomes: a story that happens in a directory.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 2 && os.Args[1] == "watched":
		fmt.Fprintln(os.Stderr, disk.Watched(os.Args[2:]))
		os.Exit(1)
	case len(os.Args) > 3 && os.Args[1] == "story":
		if err := os.Chdir(os.Args[3]); err != nil {
			panic(err)
		}
		happens := stories[os.Args[2]].happens
		if os.Args[2] == "slow" {
			happens = dragged
		}
		happens()
		fmt.Println("told")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the power fails
	case len(os.Args) > 2 && os.Args[1] == "fill":
		filled(os.Args[2])
	default:
		os.Exit(m.Run())
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// write writes bytes at the end of a file, which is made if need be.
func write(name, text string, flags int, sync bool) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600)
	must(err)
	_, err = f.WriteString(text)
	must(err)
	if sync {
		must(f.Sync())
	}
	must(f.Close())
}

func syncDir(name string) {
	f, err := os.Open(name)
	must(err)
	must(f.Sync())
	must(f.Close())
}

// story is what a program does, and what is left of it when the power fails right afterwards. There is a file "old" that
// holds "old", and an empty directory "dir".
type story struct {
	happens func()
	left    map[string]string // besides old, unless it is among them; "" as a name: old is not left
}

var stories = map[string]story{
	"written":              {func() { write("a", "one", 0, false) }, nil},
	"written and synced":   {func() { write("a", "one", 0, true) }, map[string]string{"a": "one"}},
	"the rest not synced":  {func() { write("a", "one", 0, true); write("a", "two", os.O_APPEND, false) }, map[string]string{"a": "one"}},
	"each write synced":    {func() { write("a", "one", os.O_SYNC, false) }, map[string]string{"a": "one"}},
	"each, and then not":   {func() { write("a", "one", os.O_SYNC, false); write("a", "two", os.O_APPEND, false) }, map[string]string{"a": "one"}},
	"the name synced only": {func() { write("a", "one", 0, false); syncDir(".") }, map[string]string{"a": ""}},
	"made anew":            {func() { write("old", "new", os.O_TRUNC, false) }, nil},
	"cut short":            {func() { must(os.Truncate("old", 1)) }, nil},
	"cut short and synced": {func() { must(os.Truncate("old", 1)); write("old", "", 0, true) }, map[string]string{"old": "o"}},
	"removed":              {func() { must(os.Remove("old")) }, nil},
	"removed and synced":   {func() { must(os.Remove("old")); syncDir(".") }, map[string]string{"": ""}},
	"renamed":              {func() { must(os.Rename("old", "new")) }, nil},
	"renamed and synced":   {func() { must(os.Rename("old", "new")); syncDir(".") }, map[string]string{"": "", "new": "old"}},
	"renamed, then the file is synced": {func() { must(os.Rename("old", "new")); write("new", "er", os.O_APPEND, true) },
		map[string]string{"": "", "new": "older"}},
	"put in its place": {func() { write("tmp", "new", 0, true); must(os.Rename("tmp", "old")) }, map[string]string{"tmp": "new"}},
	"put in its place and synced": {func() { write("tmp", "new", 0, true); must(os.Rename("tmp", "old")); syncDir(".") },
		map[string]string{"old": "new"}},
	"put in its place by each write": {func() { write("tmp", "new", os.O_SYNC, false); must(os.Rename("tmp", "old")); syncDir(".") },
		map[string]string{"old": "new"}},
	"unsynced in its place": {func() { write("tmp", "new", 0, false); must(os.Rename("tmp", "old")); syncDir(".") },
		map[string]string{"old": ""}},
	"below": {func() { must(os.MkdirAll("x/y", 0o700)); write("x/y/a", "one", 0, true); write("x/b", "two", 0, false) },
		map[string]string{"x/y/a": "one"}},
	"moved with its directory": {func() { write("dir/a", "one", 0, true); must(os.Rename("dir", "x")); syncDir(".") },
		map[string]string{"x/a": "one"}},
	"large and grown": {func() {
		write("a", large, 0, true)
		write("a", "more", os.O_APPEND, true)
		write("a", "lost", os.O_APPEND, false)
	},
		map[string]string{"a": large + "more"}},
	"large and cut short": {func() { write("a", large, 0, true); must(os.Truncate("a", 3)); write("a", "", 0, true) },
		map[string]string{"a": "lll"}},
	"large and made anew": {func() {
		write("a", large, 0, true)
		write("a", "new"+large, os.O_TRUNC, false)
		write("a", "", os.O_TRUNC, true)
	},
		map[string]string{"a": ""}},
	"removed and made again": {func() { must(os.Remove("old")); write("old", "new", 0, false); syncDir(".") },
		map[string]string{"old": ""}},
}

// large is more than a Disk copies whole each time.
var large = strings.Repeat("l", 200<<10)

// tell lets a story happen in dir under the eyes of d, and kills who told it.
func tell(t *testing.T, d *disk.Disk, name, dir string) {
	t.Helper()
	ours, theirs, err := disk.Pair()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "watched", disk.Syncs, os.Args[0], "story", name, dir)
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirs}, t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	w, err := disk.Listen(d, ours)
	if err != nil {
		t.Fatal(err)
	}
	told := make([]byte, 5)
	if _, err := io.ReadFull(out, told); err != nil {
		t.Errorf("%s is not told to its end: %v", name, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err := w.Wait(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// dragged syncs a file, and another one while it waits.
func dragged() {
	done := make(chan struct{})
	go func() {
		write("slow/a", "one", 0, true)
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(200 * time.Millisecond):
	}
	write("other", "two", 0, true)
}

// filled is a program that writes a line into a file for each that it reads, and says what came of it.
func filled(name string) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	must(err)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		n, err := f.Write(append(in.Bytes(), '\n'))
		fmt.Println(n, errors.Is(err, syscall.ENOSPC))
	}
}

func TestAFullDiskTakesNothingUntilThereIsRoom(t *testing.T) {
	if err := disk.Possible(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := disk.New(filepath.Join(dir, "shelf"), root)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs, err := disk.Pair()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "watched", disk.Writes, os.Args[0], "fill", filepath.Join(root, "a"))
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirs}, t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	w, err := disk.Listen(d, ours)
	if err != nil {
		t.Fatal(err)
	}
	says := bufio.NewScanner(out)
	for _, step := range []struct {
		full bool
		line string
		want string
	}{{false, "one", "4 false"}, {true, "two", "0 true"}, {true, "three", "0 true"}, {false, "four", "5 false"}} {
		d.Fill(step.full)
		if _, err := fmt.Fprintln(in, step.line); err != nil {
			t.Fatal(err)
		}
		if !says.Scan() || says.Text() != step.want {
			t.Errorf("full %v, %q: got %q, want %q", step.full, step.line, says.Text(), step.want)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := w.Wait(); err != nil {
		t.Error(err)
	}
	if got := tree(t, root); got["a"] != "one\nfour\n" {
		t.Errorf("the file holds %q, want what was written while there was room", got["a"])
	}
}

// tree returns the files below a directory.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir+"/")] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestALargeFileThatChangesElsewhereThanAtItsEndIsToldOf(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	name := filepath.Join(root, "a")
	if err := errors.Join(os.Mkdir(root, 0o700), os.WriteFile(name, []byte(large), 0o600)); err != nil {
		t.Fatal(err)
	}
	d, err := disk.New(filepath.Join(dir, "shelf"), root)
	if err != nil {
		t.Fatal(err)
	}
	write(name, "changed", 0, true) // at the beginning
	if err := d.Synced(name, name); err != nil {
		t.Fatal(err)
	}
	if lost, err := d.Fail(); err == nil || !strings.Contains(err.Error(), "a was not only written to at its end") {
		t.Errorf("got %+v, %v; want to be told that what of the file is synced is not known", lost, err)
	}
}

func TestASyncThatThePowerCutsShortKeepsNothingThoughOthersAreDone(t *testing.T) {
	if err := disk.Possible(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(filepath.Join(root, "slow"), 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := disk.New(filepath.Join(dir, "shelf"), root)
	if err != nil {
		t.Fatal(err)
	}
	d.Drag("slow", time.Hour)
	tell(t, d, "slow", root)
	if _, err := d.Fail(); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, root), map[string]string{"other": "two"}; !maps.Equal(got, want) {
		t.Errorf("left is %q, want %q: one file's sync had not ended, and the other's did", got, want)
	}
}

func TestWhatIsSyncedIsKeptAndNothingElse(t *testing.T) {
	if err := disk.Possible(); err != nil {
		t.Skip(err)
	}
	for name, s := range stories {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root := filepath.Join(dir, "root")
			if err := errors.Join(os.MkdirAll(filepath.Join(root, "dir"), 0o700), os.WriteFile(filepath.Join(root, "old"), []byte("old"), 0o600)); err != nil {
				t.Fatal(err)
			}
			d, err := disk.New(filepath.Join(dir, "shelf"), root)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, d, name, root)
			was := tree(t, root)
			lost, err := d.Fail()
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"old": "old"}
			maps.Copy(want, s.left)
			if _, none := want[""]; none {
				delete(want, "")
				delete(want, "old")
			}
			got := tree(t, root)
			if !maps.Equal(got, want) {
				t.Errorf("left is %q, want %q; before it was %q", got, want, was)
			}
			if changed := !maps.Equal(got, was); changed && lost.Files == 0 && len(got) <= len(was) {
				t.Errorf("%q has become %q, and %+v is told", was, got, lost)
			}
			if lost, err := d.Fail(); err != nil || lost.Files != 0 || !maps.Equal(tree(t, root), want) {
				t.Errorf("when the power fails again, nothing having happened: %+v, %v, %q; want nothing lost", lost, err, tree(t, root))
			}
		})
	}
}

// A process can be killed, or the file removed, just when what it syncs is to be copied.
func TestAFileThatIsGoneBeforeItIsCopiedIsNotTakenForSynced(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := disk.New(filepath.Join(dir, "shelf"), root)
	if err != nil {
		t.Fatal(err)
	}
	var removed sync.WaitGroup
	for n := range 3000 {
		name := filepath.Join(root, fmt.Sprint(n))
		if err := errors.Join(os.WriteFile(name, []byte("one"), 0o600), os.Link(name, name+"-too")); err != nil {
			t.Fatal(err)
		}
		removed.Go(func() { _ = os.Remove(name) })
		if err := d.Synced(name, name); err != nil {
			t.Fatal(err)
		}
	}
	removed.Wait()
	if err := d.Synced(root, root); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Fail(); err != nil {
		t.Error(err)
	}
}
