package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// How long a way stays cut, and how often one flaps.
const (
	cutLeast, cutMost   = 2 * time.Second, 9 * time.Second
	flapLeast, flapMost = 100 * time.Millisecond, 700 * time.Millisecond
	flaps               = 8
)

// cut takes some links away in one of three manners, and gives them back.
func (r *run) cut(ctx context.Context) (string, error) {
	what, links := r.ways()
	there, back := true, true
	manner := []string{"both ways", "one way", "flapping"}[r.rand.IntN(3)]
	if manner == "one way" {
		there = r.rand.IntN(2) == 0
		back = !there
	}
	times, least, most := 1, cutLeast, cutMost
	if manner == "flapping" {
		times, least, most = flaps, flapLeast, flapMost
	}
	for range times {
		for _, l := range links {
			l.Cut(there, back)
		}
		pause(ctx, r.between(least, most))
		for _, l := range links {
			l.Mend()
		}
		if times > 1 {
			pause(ctx, r.between(least, most))
		}
	}
	return fmt.Sprintf("%s, %s", what, manner), r.whole(ctx)
}

// ways chooses what to cut: a service from all brokers, a broker from all services, and of three brokers also one from the
// others, two from each other, or one from everything.
func (r *run) ways() (string, []*Link) {
	brokers := r.w.Brokers()
	b := brokers[r.rand.IntN(len(brokers))]
	s := Services[r.rand.IntN(len(Services))]
	kinds := 2
	if len(brokers) > 1 {
		kinds = 5
	}
	switch r.rand.IntN(kinds) {
	case 0:
		return s + " from all brokers", r.w.between(func(l *Link) bool { return l.From == s })
	case 1:
		return b + " from all services", r.w.between(func(l *Link) bool { return l.To == b && !slices.Contains(brokers, l.From) })
	case 2:
		return b + " from the other brokers", r.w.between(func(l *Link) bool { return slices.Contains(brokers, l.From) && (l.From == b || l.To == b) })
	case 3:
		c := brokers[(slices.Index(brokers, b)+1)%len(brokers)]
		return b + " from " + c, r.w.between(func(l *Link) bool { return l.From == b && l.To == c || l.From == c && l.To == b })
	default:
		return b + " from everything", r.w.between(func(l *Link) bool { return l.From == b || l.To == b })
	}
}

// between returns the links that are meant.
func (w *World) between(meant func(*Link) bool) []*Link {
	return slices.DeleteFunc(slices.Clone(w.Links), func(l *Link) bool { return !meant(l) })
}
