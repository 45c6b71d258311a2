package bus

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Damage is what a loss of power has done to a shard. A broker that acknowledges before it syncs loses the end of each stream, and of
// each another one: then a stream can speak of what the one that it was made from has lost.
type Damage struct {
	Shard int

	Inputs    uint64 // the last input that there is
	Told      uint64 // the furthest input that anything speaks of
	By        string // what speaks of it
	TakenFrom uint64 // inputs from here to TakenTo have come since and have the numbers of lost ones; 0: none has
	TakenTo   uint64

	Log    uint64 // the last sequence of the log
	Copied uint64 // the furthest one that a stream has drawn from it
	Copier string // that stream

	Anew bool // the log was made from another input stream, which is nothing that can be mended
}

// Whole reports whether nothing is damaged.
func (d Damage) Whole() bool {
	return !d.Anew && d.Inputs >= d.Told && d.TakenFrom == 0 && d.Log >= d.Copied
}

// FirstLost returns the first input that is lost, or 0.
func (d Damage) FirstLost() uint64 {
	switch {
	case d.TakenFrom > 0:
		return d.TakenFrom
	case d.Inputs < d.Told:
		return d.Inputs + 1
	}
	return 0
}

// Err returns nil for a shard that is whole, else an error of class Invalid that says what is wrong and what to do.
func (d Damage) Err() error {
	if d.Whole() {
		return nil
	}
	return fault.New(fault.Invalid, "bus.shard", fmt.Sprintf("shard %d is damaged: %s", d.Shard, strings.Join(d.Words(), "; ")))
}

// mendIt is what an operator does about it.
const mendIt = "after a loss of power run `bonafide streams mend`"

// Words says what is damaged, in a sentence each.
func (d Damage) Words() []string {
	var all []string
	if d.Anew {
		all = append(all, "its input stream was made anew, and the log is of the one before: no command mends that")
	}
	if d.Inputs < d.Told {
		all = append(all, fmt.Sprintf("%s speaks of input %d and the inputs end at %d: inputs were lost; %s", d.By, d.Told, d.Inputs, mendIt))
	}
	if d.TakenFrom > 0 {
		all = append(all, fmt.Sprintf("%s speaks of input %d, which was lost, and inputs %d to %d have come since under the numbers of lost ones; %s", d.By, d.Told, d.TakenFrom, d.TakenTo, mendIt))
	}
	if d.Log < d.Copied {
		all = append(all, fmt.Sprintf("the log ends at %d and %s has drawn %d from it: records were lost, and new ones would not be drawn; %s", d.Log, d.Copier, d.Copied, mendIt))
	}
	return all
}

// witness is a record that says which input there was.
type witness struct {
	of    string // where it lies
	seq   uint64 // in the log
	inSeq uint64
	cause string // the input's event; "" if it does not say
	at    time.Time
}

func witnessOf(of string, m *message, seq uint64) (*witness, error) {
	w := &witness{of: of, seq: seq, at: m.Time}
	var err error
	if _, w.inSeq, _, err = parseAt(m.Header); err != nil {
		return nil, fault.Wrap(fault.Malformed, "bus.damage", err)
	}
	if e, err := decode(m.Header, m.Data); err == nil {
		w.cause = e.CausationID
	}
	return w, nil
}

// Damage looks whether what there is of a shard fits together. What is looked at last is what the others are made from, so it may be
// looked at while everybody works.
func (b *Bus) Damage(ctx context.Context, shard int) (Damage, error) {
	d, err := b.damage(ctx, shard, true)
	return d, classify("bus.damage", err)
}

// Fits returns an error of class Invalid when a shard is damaged: nobody may go on then. Of streams with several replicas it does not ask
// what was drawn from the log: that would take their leaders, and a broker that is away must not keep a shard from its owner.
func (b *Bus) Fits(ctx context.Context, shard int) error {
	log, err := b.js.Stream(ctx, streamLog(shard))
	if err != nil {
		return classify("bus.damage", err)
	}
	d, err := b.damage(ctx, shard, log.CachedInfo().Config.Replicas < 2)
	if err != nil {
		return classify("bus.damage", err)
	}
	return d.Err()
}

func (b *Bus) damage(ctx context.Context, shard int, draws bool) (Damage, error) {
	d := Damage{Shard: shard}
	l := newLog(b, shard)
	kept, err := b.topmost(ctx, shard)
	if err != nil {
		return d, err
	}
	record, err := b.lastOfLog(ctx, l)
	if err != nil {
		return d, err
	}
	var far *witness
	if draws {
		if far, err = b.drawn(ctx, l, record); err != nil {
			return d, err
		}
	}
	claim, claimed, err := l.lastClaim(ctx)
	if err != nil {
		return d, err
	}
	if far != nil {
		d.Copied, d.Copier = far.seq, far.of
	}
	if d.Log, err = b.lastOf(ctx, "bus.damage", l.stream); err != nil {
		return d, err
	}
	if record != nil && (far == nil || far.inSeq <= record.inSeq) {
		far = record
	}
	if far != nil {
		d.Told, d.By = far.inSeq, far.of
	}
	if kept.InSeq > d.Told {
		d.Told, d.By = kept.InSeq, "the snapshot"
	}
	in, err := b.js.Stream(ctx, streamIn(shard))
	if err != nil {
		return d, err
	}
	d.Inputs, d.Anew = in.CachedInfo().State.LastSeq, claimed > 0 && !claim.Inputs.Equal(in.CachedInfo().Created)
	if far != nil && !d.Anew {
		err = b.taken(ctx, &d, far)
	}
	return d, err
}

// lastOfLog returns what the log's last record says, or nil.
func (b *Bus) lastOfLog(ctx context.Context, l *Log) (*witness, error) {
	m, err := l.lastMessage(ctx)
	if err != nil || m == nil {
		return nil, err
	}
	return witnessOf("the log", m, m.Seq)
}

// resultsLooked bounds how many of the last results are looked at for those of one shard: who waits for a shard must not wait for long,
// whatever others have told since its last word.
const resultsLooked = 4096

// drawn returns the furthest record that a stream has drawn from a log, or nil. Last is the log's last record: what was drawn before
// it was stored is not further.
func (b *Bus) drawn(ctx context.Context, l *Log, last *witness) (far *witness, err error) {
	take := func(stream string, m *message) error {
		name, seq := sourceOf(m.Header)
		if name != l.stream || far != nil && seq <= far.seq {
			return nil
		}
		w, err := witnessOf(stream, m, seq)
		if err == nil {
			far = w
		}
		return err
	}
	log, err := b.js.Stream(ctx, l.stream)
	if err != nil {
		return nil, err
	}
	// Who draws tasks is seen by whose tasks there are: a resolver may not list streams.
	info, err := log.Info(ctx, jetstream.WithSubjectFilter(l.prefix+"task.*"))
	if err != nil {
		return nil, err
	}
	draws := map[string]string{streamKin: l.prefix + "kin"}
	for subject := range info.State.Subjects {
		draws[streamTask(strings.TrimPrefix(subject, l.prefix+"task."))] = subject
	}
	for stream, subject := range draws {
		m, err := b.fromLeader(ctx, stream, messageQuery{LastBySubject: subject})
		if isCode(err, codeNoStream) {
			continue // it was removed, and draws nothing any more
		}
		if err == nil && m != nil {
			err = take(stream, m)
		}
		if err != nil {
			return nil, err
		}
	}
	s, err := b.js.Stream(ctx, streamResults)
	if err != nil {
		return nil, err
	}
	state := s.CachedInfo().State
	for seq, first := state.LastSeq, max(state.FirstSeq, 1, state.LastSeq-min(state.LastSeq, resultsLooked)); seq >= first; seq-- {
		m, err := b.fromLeader(ctx, streamResults, messageQuery{Seq: seq})
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		if last != nil && m.Time.Before(last.at) {
			break
		}
		if name, _ := sourceOf(m.Header); name == l.stream {
			return far, take(streamResults, m)
		}
	}
	return far, nil
}

// hSource is where the broker notes what a message was drawn from: stream, sequence, and more.
const hSource = "Nats-Stream-Source"

func sourceOf(h events.Header) (stream string, seq uint64) {
	if len(h[hSource]) != 1 {
		return "", 0
	}
	stream, rest, _ := strings.Cut(h[hSource][0], " ")
	number, _, _ := strings.Cut(rest, " ")
	seq, _ = strconv.ParseUint(number, 10, 64)
	return stream, seq
}

// taken finds the inputs that have numbers of lost ones. That there are any is seen by the event that caused w, and which ones by the
// time: what caused w was stored before it.
func (b *Bus) taken(ctx context.Context, d *Damage, w *witness) error {
	lost := d.Inputs < w.inSeq
	for seq := min(d.Inputs, w.inSeq); seq > 0; seq-- {
		m, err := b.fromLeader(ctx, streamIn(d.Shard), messageQuery{Seq: seq})
		if err != nil {
			return err
		}
		if m == nil {
			lost = true
			continue
		}
		e, err := decode(m.Header, m.Data)
		if _, ok := e.Data.(events.InputLost); ok {
			lost = true
			continue
		}
		if seq == w.inSeq && err == nil {
			lost = w.cause != "" && e.ID != w.cause
		}
		if !lost || !m.Time.After(w.at) {
			return nil
		}
		d.TakenFrom, d.TakenTo = seq, cmp.Or(d.TakenTo, seq)
	}
	return nil
}

// Orphan is a verification that a log tells of from an input that is lost.
type Orphan struct {
	ID    string
	Input uint64
}

// Orphans gives what a shard's log tells of inputs from a sequence on, newest first, each verification once, until each says false.
func (b *Bus) Orphans(ctx context.Context, shard int, from uint64, each func(Orphan) bool) error {
	l := newLog(b, shard)
	last, err := l.lastMessage(ctx)
	if err != nil || last == nil {
		return classify("bus.orphans", err)
	}
	told := map[string]bool{}
	for seq := last.Seq; seq > 0; seq-- {
		m, err := b.fromLeader(ctx, l.stream, messageQuery{Seq: seq})
		if err != nil {
			return classify("bus.orphans", err)
		}
		if m == nil || m.Subject == l.claimSubject {
			continue
		}
		_, in, _, err := parseAt(m.Header)
		if err != nil || in < from {
			return nil
		}
		if _, id := events.Gist(m.Header, m.Data); id != "" && !told[id] {
			told[id] = true
			if !each(Orphan{id, in}) {
				return nil
			}
		}
	}
	return nil
}
