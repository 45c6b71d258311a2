package seal

import (
	"sync"
	"time"
)

// cache keeps at most two generations of size values, none longer than life.
type cache[K comparable, V any] struct {
	size int
	life time.Duration
	now  func() time.Time

	mu         sync.Mutex
	drops      uint64
	young, old map[K]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[K comparable, V any](size int, life time.Duration, now func() time.Time) *cache[K, V] {
	return &cache[K, V]{size: size, life: life, now: now, young: map[K]cached[V]{}}
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.young[k]
	if !ok {
		if e, ok = c.old[k]; !ok {
			return v, false
		}
	}
	if c.now().After(e.until) {
		delete(c.young, k)
		delete(c.old, k)
		return v, false
	}
	return e.value, true
}

// epoch is the moment that a value is loaded at: put drops what was loaded before a drop.
func (c *cache[K, V]) epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drops
}

func (c *cache[K, V]) put(k K, v V, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.drops {
		return
	}
	now := c.now()
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[K]cached[V], c.size)
	}
	c.young[k] = cached[V]{value: v, until: now.Add(c.life)}
}

func (c *cache[K, V]) drop(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	delete(c.young, k)
	delete(c.old, k)
}
