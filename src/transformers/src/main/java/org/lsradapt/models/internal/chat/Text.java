package org.lsradapt.models.internal.chat;

/** A text that grows within a budget. */
final class Text {
    private final Budget budget;
    private final StringBuilder made = new StringBuilder();

    Text(Budget budget) {
        this.budget = budget;
    }

    Text add(String more) {
        budget.requireLength((long) made.length() + more.length());
        budget.characters(more.length());
        made.append(more);
        return this;
    }

    Text add(String more, long times) {
        if (times > 0 && !more.isEmpty()) {
            budget.requireLength(
                    made.length() + Math.multiplyExact((long) more.length(), Math.min(times, Integer.MAX_VALUE)));
            budget.characters(more.length() * times);
            made.append(more.repeat((int) times));
        }
        return this;
    }

    @Override
    public String toString() {
        return made.toString();
    }
}
