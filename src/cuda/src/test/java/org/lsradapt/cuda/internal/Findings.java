package org.lsradapt.cuda.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The findings so far, one for each kernel or form of product, with the time from one to the next. */
public final class Findings {
    private final Map<String, Finding> findings = new LinkedHashMap<>();
    private final Consumer<Finding> each;
    private long last = System.nanoTime();

    public Findings() {
        this(finding -> {});
    }

    /** Also passes each finding on, whose exceptions end the checks. */
    Findings(Consumer<Finding> each) {
        this.each = each;
    }

    void add(Finding finding) {
        each.accept(finding);
        long now = System.nanoTime();
        findings.merge(finding.what(), finding.took((now - last) / 1e6), Finding::and);
        last = now;
    }

    /** The findings in the order of their first. */
    public List<Finding> list() {
        return List.copyOf(findings.values());
    }
}
