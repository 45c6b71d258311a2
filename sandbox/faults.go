package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Mode is how a vendor misbehaves.
type Mode string

// The modes.
const (
	ModeStatus      Mode = "status"   // answer with Status
	ModeTooMany     Mode = "429"      // answer 429 with Retry-After
	ModeHang        Mode = "hang"     // never answer
	ModeTrickle     Mode = "trickle"  // answer one byte at a time
	ModeGarbage     Mode = "garbage"  // answer 200 with what is not JSON
	ModeTruncate    Mode = "truncate" // break off in the middle of the answer
	ModeHuge        Mode = "huge"     // answer 200 with Bytes bytes
	defaultHuge          = 100 << 20
	maxHuge              = 1 << 30
	defaultHTTPCode      = http.StatusServiceUnavailable
)

// Fault is a bad day of a vendor.
//
// The modes trickle and truncate spoil the answer to a request that was carried
// out; hang and status do so too when After is set: the request counts, its
// answer is lost. In all other cases the vendor does not see the request.
type Fault struct {
	Mode       Mode   `json:"mode"`
	Count      int    `json:"count,omitzero"`      // how many requests; 0 means until cleared
	Status     int    `json:"status,omitzero"`     // status: 503 unless given
	RetryAfter int    `json:"retryAfter,omitzero"` // seconds; 429: 1 unless given; status: header only if given
	Bytes      int64  `json:"bytes,omitzero"`      // huge: 100 MiB unless given
	After      bool   `json:"after,omitzero"`      // hang, status: carry the request out first
	Method     string `json:"method,omitzero"`     // only this method
	Path       string `json:"path,omitzero"`       // only paths that begin so
}

// Faults holds the faults that are switched on. It is safe for concurrent use.
type Faults struct {
	mu      sync.Mutex
	faults  []*Fault
	cleared chan struct{} // closed by Clear: lets hanging requests go
}

// NewFaults returns none.
func NewFaults() *Faults { return &Faults{cleared: make(chan struct{})} }

// Add switches a fault on, after those that are on already. A request meets the
// first that applies to it.
func (f *Faults) Add(fault Fault) error {
	switch fault.Mode {
	case ModeStatus:
		if fault.Status == 0 {
			fault.Status = defaultHTTPCode
		}
		if fault.Status < 200 || fault.Status > 599 {
			return fmt.Errorf("status %d is not between 200 and 599", fault.Status)
		}
	case ModeTooMany:
		fault.Status, fault.RetryAfter = http.StatusTooManyRequests, max(1, fault.RetryAfter)
	case ModeHuge:
		if fault.Bytes == 0 {
			fault.Bytes = defaultHuge
		}
		if fault.Bytes < 0 || fault.Bytes > maxHuge {
			return fmt.Errorf("bytes %d is not between 1 and %d", fault.Bytes, int64(maxHuge))
		}
	case ModeHang, ModeTrickle, ModeGarbage, ModeTruncate:
	default:
		return errors.New("mode is none of status, 429, hang, trickle, garbage, truncate, huge")
	}
	if fault.Count < 0 {
		return fmt.Errorf("count %d is negative", fault.Count)
	}
	if fault.After && fault.Mode != ModeHang && fault.Mode != ModeStatus {
		return errors.New("after applies to the modes hang and status")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault)
	return nil
}

// Clear switches all faults off and lets the requests go that hang.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
	close(f.cleared)
	f.cleared = make(chan struct{})
}

// take returns the fault for a request, if any, and uses it once.
func (f *Faults) take(method, path string) (Fault, <-chan struct{}, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, x := range f.faults {
		if x.Method != "" && !strings.EqualFold(x.Method, method) || !strings.HasPrefix(path, x.Path) {
			continue
		}
		taken := *x
		if x.Count > 0 {
			if x.Count--; x.Count == 0 {
				f.faults = slices.Delete(f.faults, i, i+1)
			}
		}
		return taken, f.cleared, true
	}
	return Fault{}, nil, false
}
