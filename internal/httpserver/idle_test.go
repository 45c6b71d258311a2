package httpserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/httpserver"
)

// TestFiveThousandConnectionsThatSayNothingCostLittleAndNobodyElseAnything holds connections open, a third of which have
// never said anything, a third have begun a header, and a third have been served once.
func TestFiveThousandConnectionsThatSayNothingCostLittleAndNobodyElseAnything(t *testing.T) {
	const perConnection = 48 << 10 // bytes of memory in use, both ends of it: this process is the client too
	idle := 5000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if room := (int(files.Cur) - 200) / 2; room < idle {
		t.Logf("this machine allows %d open files: %d connections instead of %d", files.Cur, room, idle)
		idle = room
	}
	addr, _ := serve(t, httpserver.Config{HeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hi") })})
	const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := inUse()
	held := make([]net.Conn, 0, idle)
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for i := range idle {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		held = append(held, c)
		switch i % 3 {
		case 1:
			_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHo")
		case 2:
			if _, err = io.WriteString(c, get); err == nil {
				var line string
				if line, err = bufio.NewReader(c).ReadString('\n'); err == nil && !strings.Contains(line, "200") {
					err = fmt.Errorf("answered %q", line)
				}
			}
		}
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	after := inUse()
	grown := after - min(before, after)
	t.Logf("%d connections: %d KiB each", idle, grown/uint64(idle)>>10)
	if grown > uint64(idle)*perConnection {
		t.Errorf("%d connections cost %d KiB, want at most %d each", idle, grown>>10, perConnection>>10)
	}
	c := dial(t, addr, get)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Errorf("beside them a request got %q, %v, want 200", line, err)
	}
}
