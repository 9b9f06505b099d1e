package org.lsradapt.models.internal.chat;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The values of a {@link Scope} while it runs. */
final class Frame {
    private final @Nullable Frame parent;
    private final Scope scope;
    private final Map<String, Object> values;
    private final @Nullable Object[] slots;
    private final Budget budget;

    /** Makes and enters the outermost frame. */
    Frame(Scope scope, Map<String, Object> values, Budget budget) {
        this(null, scope, values, budget);
        enter();
    }

    private Frame(@Nullable Frame parent, Scope scope, Map<String, Object> values, Budget budget) {
        this.parent = parent;
        this.scope = scope;
        this.values = values;
        this.slots = new Object[scope.starts().size()];
        this.budget = budget;
        budget.items(1 + slots.length / 4);
    }

    /** Makes an inner frame, which is not entered. */
    Frame inner(Scope within) {
        return new Frame(this, within, values, budget);
    }

    Budget budget() {
        return budget;
    }

    /** Gives each name its initial value; parameters keep theirs. */
    Frame enter() {
        budget.work(1 + slots.length);
        for (int slot = 0; slot < slots.length; slot++) {
            Scope.Start start = scope.starts().get(slot);
            switch (start.load()) {
                case PARAMETER -> {}
                case VALUE -> slots[slot] = values.get(start.name());
                case OUTER -> slots[slot] = Objects.requireNonNull(parent).get(Objects.requireNonNull(start.outer()));
                case UNDEFINED -> slots[slot] = null;
            }
        }
        return this;
    }

    private Frame up(int steps) {
        Frame frame = this;
        for (int i = 0; i < steps; i++) {
            frame = Objects.requireNonNull(frame.parent);
        }
        return frame;
    }

    @Nullable
    Object get(Scope.Place place) {
        return up(place.up()).slots[place.slot()];
    }

    void set(Scope.Place place, Object value) {
        up(place.up()).slots[place.slot()] = value;
    }
}
