package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of a block with names of its own: a template, a macro, a loop's body. As in Jinja, the place of each name is settled before
 * anything runs: a name that a block sets anywhere belongs to the block and starts with its value in the enclosing block; other names
 * belong to enclosing blocks or are values.
 */
final class Scope {
    /** The value of a name when its scope is entered. */
    enum Load {
        /** The caller's argument. */
        PARAMETER,
        /** The value of that name. */
        VALUE,
        /** The value of that name in the enclosing scope. */
        OUTER,
        UNDEFINED
    }

    /** The use or the assignment of a name, or branches that contain such events. */
    @FunctionalInterface
    interface Event {
        void happen(Names names);
    }

    /** The names that have been seen so far, in addition to those before a branch. */
    private static final class Names {
        private final @Nullable Names before;
        private final Map<String, Load> loads = new LinkedHashMap<>();
        private final Set<String> stores = new LinkedHashSet<>();

        Names(@Nullable Names before) {
            this.before = before;
        }

        boolean loads(String name) {
            return loads.containsKey(name) || (before != null && before.loads(name));
        }

        boolean stores(String name) {
            return stores.contains(name) || (before != null && before.stores(name));
        }
    }

    /** The place of a value: scopes outward, and the slot there; known once the scopes are settled. */
    static final class Place {
        private final String name;
        private int up;
        private int slot;

        private Place(String name) {
            this.name = name;
        }

        int up() {
            return up;
        }

        int slot() {
            return slot;
        }
    }

    /** The initial value of a name; a name from outside has its place there, seen from the enclosing scope. */
    record Start(String name, Load load, @Nullable Place outer) {}

    private static final Set<String> REFUSED = Set.of("lipsum", "cycler", "joiner", "self");

    private final @Nullable Scope parent;
    private final List<Scope> children = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final Names names = new Names(null);
    private final Map<String, Integer> slots = new HashMap<>();
    private final List<Start> starts = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();

    Scope(@Nullable Scope parent) {
        this.parent = parent;
        if (parent != null) {
            parent.children.add(this);
        }
    }

    void loads(String name) {
        events.add(seen -> {
            if (!seen.loads(name) && !isOutside(name)) {
                seen.loads.put(name, Load.VALUE);
            }
        });
    }

    void stores(String name) {
        events.add(seen -> {
            seen.stores.add(name);
            if (!seen.loads(name)) {
                seen.loads.put(name, isOutside(name) ? Load.OUTER : Load.UNDEFINED);
            }
        });
    }

    void takes(String name) {
        events.add(seen -> {
            seen.stores.add(name);
            seen.loads.put(name, Load.PARAMETER);
        });
    }

    /** Returns the position of the next event. */
    int mark() {
        return events.size();
    }

    /** Takes the events since a mark out of this scope. */
    List<Event> cut(int mark) {
        List<Event> part = events.subList(mark, events.size());
        List<Event> recorded = List.copyOf(part);
        part.clear();
        return recorded;
    }

    void add(List<Event> recorded) {
        events.addAll(recorded);
    }

    /** Adds branches, of which one is taken; a name that some of them do not set keeps its value from outside. */
    void branches(List<List<Event>> branches) {
        events.add(seen -> {
            List<Names> ends = new ArrayList<>();
            Set<String> set = new LinkedHashSet<>();
            for (List<Event> branch : branches) {
                Names end = new Names(seen);
                branch.forEach(event -> event.happen(end));
                ends.add(end);
                set.addAll(end.stores);
            }
            set.removeIf(seen::stores);
            for (Names end : ends) {
                seen.loads.putAll(end.loads);
                seen.stores.addAll(end.stores);
            }
            set.forEach(name -> seen.loads.put(name, isOutside(name) ? Load.OUTER : Load.VALUE));
        });
    }

    private boolean isOutside(String name) {
        return parent != null && (parent.names.loads(name) || parent.isOutside(name));
    }

    /** Settles where each name is kept, here and in the scopes within. */
    void settle() {
        events.forEach(event -> event.happen(names));
        names.loads.forEach((name, load) -> {
            if (load == Load.VALUE && REFUSED.contains(name)) {
                throw new Failure(name + " is not supported");
            }
            slots.put(name, starts.size());
            starts.add(new Start(
                    name, load, load == Load.OUTER && parent != null ? parent.settled(new Place(name)) : null));
        });
        places.forEach(this::settled);
        events.clear();
        children.forEach(Scope::settle);
    }

    Place place(String name) {
        Place place = new Place(name);
        places.add(place);
        return place;
    }

    private Place settled(Place place) {
        int up = 0;
        for (Scope scope = this; scope != null; scope = scope.parent, up++) {
            Integer slot = scope.slots.get(place.name);
            if (slot != null) {
                place.up = up;
                place.slot = slot;
                return place;
            }
        }
        throw new Failure("name " + place.name + " belongs to no block");
    }

    List<Start> starts() {
        return starts;
    }
}
