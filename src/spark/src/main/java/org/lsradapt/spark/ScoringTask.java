package org.lsradapt.spark;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/** What an executor has to know to score. */
final class ScoringTask implements Serializable {
    private static final long serialVersionUID = 1L;

    final BaseReference base;
    /** By name. */
    final TreeMap<String, AdapterFiles> adapters;

    ScoringTask(BaseReference base, Map<String, AdapterFiles> adapters) {
        this.base = base;
        this.adapters = new TreeMap<>(adapters);
    }
}
