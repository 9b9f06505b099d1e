package org.lsradapt.lsr.planning;

import java.util.List;

/**
 * The candidates that fit a budget.
 *
 * @param candidates the candidates in the order of {@link Planner}; at least one
 * @param recommended one of them; see {@link Planner}
 */
public record Plan(Budget budget, List<Candidate> candidates, Candidate recommended) {

    /** Keeps a copy of the list. */
    public Plan {
        candidates = List.copyOf(candidates);
    }
}
