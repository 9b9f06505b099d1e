package org.lsradapt.serving;

import java.util.concurrent.atomic.AtomicInteger;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.objectives.SequenceHead;

/**
 * One adapter and its head, never written. It counts who uses it, the registry included, and frees its memory when the
 * last one lets go.
 */
final class ServedAdapter {
    /** No adapter and no head: the base model. Owns nothing. */
    static final ServedAdapter BASE = new ServedAdapter(null, null);

    private final DenseUpdates updates;
    private final SequenceHead head;
    private final AtomicInteger users = new AtomicInteger(1);

    /**
     * Takes over both; the maker is the first user.
     *
     * @param updates what it adds to the layers, or null for nothing
     * @param head its head, or null if it has none
     */
    ServedAdapter(DenseUpdates updates, SequenceHead head) {
        this.updates = updates;
        this.head = head;
    }

    DenseUpdates updates() {
        return updates;
    }

    SequenceHead head() {
        return head;
    }

    /** Adds a user; false if the last one has let go. */
    boolean acquire() {
        return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    /** Takes a user away. */
    void release() {
        if (users.decrementAndGet() == 0) {
            if (updates != null) {
                updates.close();
            }
            if (head != null) {
                head.close();
            }
        }
    }
}
