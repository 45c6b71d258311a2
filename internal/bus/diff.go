package bus

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// difference is how a stream differs from what is wanted. Only what a Layout speaks of is compared; an operator's
// settings of anything else (placement, compression) stay.
type difference struct {
	merged  jetstream.StreamConfig
	lines   []string
	refused bool
	fatal   bool
}

func (d *difference) same() bool { return len(d.lines) == 0 }

func (d *difference) detail() string { return strings.Join(d.lines, "; ") }

func (d *difference) note(field string, have, want any) bool {
	if reflect.DeepEqual(have, want) {
		return false
	}
	d.lines = append(d.lines, fmt.Sprintf("%s: %v -> %v", field, have, want))
	return true
}

func (d *difference) refuse(differs bool, why string) {
	if differs {
		d.refused = true
		d.lines[len(d.lines)-1] += " (" + why + ")"
	}
}

func diffStream(have *jetstream.StreamInfo, want jetstream.StreamConfig) *difference {
	h := have.Config
	d := &difference{merged: h}
	if n, ok := want.Metadata[metaShards]; ok && d.note("shards", h.Metadata[metaShards], n) {
		d.refuse(true, "verifications would lose their shard")
		d.fatal = true
	}
	d.refuse(d.note("storage", h.Storage, want.Storage), "storage cannot change")
	d.refuse(d.note("retention", h.Retention, want.Retention), "retention cannot change")
	d.refuse(d.note("max_msgs_per_subject", h.MaxMsgsPerSubject, want.MaxMsgsPerSubject) && want.MaxMsgsPerSubject > 0,
		"messages would be dropped")
	d.refuse(d.note("max_age", h.MaxAge, want.MaxAge) && want.MaxAge > 0 && (h.MaxAge == 0 || want.MaxAge < h.MaxAge),
		"messages would be dropped")
	d.refuse(d.note("max_bytes", h.MaxBytes, want.MaxBytes) && want.MaxBytes > 0 && have.State.Bytes > uint64(want.MaxBytes),
		"more is stored than that")
	d.refuse(d.note("subjects", h.Subjects, want.Subjects) && !subset(h.Subjects, want.Subjects), "subjects would be lost")
	d.note("discard", h.Discard, want.Discard)
	d.note("replicas", h.Replicas, want.Replicas)
	d.note("allow_direct", h.AllowDirect, want.AllowDirect)
	d.note("allow_atomic", h.AllowAtomicPublish, want.AllowAtomicPublish)
	d.note("duplicate_window", h.Duplicates, want.Duplicates)
	d.note("description", h.Description, want.Description)
	hs, ws := sources(h.Sources), sources(want.Sources)
	d.refuse(d.note("sources", hs, ws) && !subset(hs, ws), "a source would be lost")

	m := &d.merged
	m.Subjects, m.Description, m.Discard = want.Subjects, want.Description, want.Discard
	m.MaxAge, m.MaxBytes, m.MaxMsgsPerSubject = want.MaxAge, want.MaxBytes, want.MaxMsgsPerSubject
	m.Replicas, m.AllowDirect, m.AllowAtomicPublish = want.Replicas, want.AllowDirect, want.AllowAtomicPublish
	m.Duplicates, m.Sources = want.Duplicates, want.Sources
	return d
}

// sources describes each source on one line.
func sources(all []*jetstream.StreamSource) []string {
	var out []string
	for _, s := range all {
		line := s.Name
		if s.FilterSubject != "" {
			line += " " + s.FilterSubject
		}
		for _, t := range s.SubjectTransforms {
			line += " " + t.Source + "=>" + t.Destination
		}
		out = append(out, line)
	}
	sort.Strings(out)
	return out
}

func subset(some, all []string) bool {
	in := map[string]bool{}
	for _, s := range all {
		in[s] = true
	}
	for _, s := range some {
		if !in[s] {
			return false
		}
	}
	return true
}

func diffConsumer(have, want jetstream.ConsumerConfig) (jetstream.ConsumerConfig, string) {
	d := &difference{}
	merged := have
	if d.note("ack_wait", time.Duration(have.AckWait), want.AckWait) {
		merged.AckWait = want.AckWait
	}
	if d.note("max_ack_pending", have.MaxAckPending, want.MaxAckPending) {
		merged.MaxAckPending = want.MaxAckPending
	}
	if d.note("max_deliver", have.MaxDeliver, want.MaxDeliver) {
		merged.MaxDeliver = want.MaxDeliver
	}
	return merged, d.detail()
}
