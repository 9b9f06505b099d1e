package org.lsradapt.krona;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.lsradapt.adapters.AdapterFormat;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;

/** KronA in adapter folders; named in {@code META-INF/services}. */
public final class KronaFormat implements AdapterFormat {

    @Override
    public String peftType() {
        return "KRONA";
    }

    @Override
    public boolean stores(AdapterConfig config) {
        return config instanceof KronaConfig;
    }

    @Override
    public List<String> fields() {
        return List.of("in_first", "out_first", "alpha", "seed");
    }

    @Override
    public void write(AdapterConfig config, ObjectNode section) {
        KronaConfig krona = (KronaConfig) config;
        section.put("in_first", krona.inFirst());
        section.put("out_first", krona.outFirst());
        section.put("alpha", krona.alpha());
        section.put("seed", krona.seed());
    }

    @Override
    public AdapterConfig read(JsonFields section) throws IOException {
        return new KronaConfig(
                section.integer("in_first"),
                section.integer("out_first"),
                section.number("alpha"),
                section.longInteger("seed"));
    }

    @Override
    public List<String> tensors(String layer, AdapterConfig config) {
        return List.of(layer + ".krona_A", layer + ".krona_B");
    }

    @Override
    public Size size(AdapterConfig config, LayerTensors tensors) throws IOException {
        KronaConfig krona = (KronaConfig) config;
        tensors.shape(tensors.layer() + ".krona_A", 1, 1, krona.inFirst(), krona.outFirst());
        long[] b = tensors.shape(tensors.layer() + ".krona_B", 1, 1, -1, -1);
        return new Size(krona.inFirst() * b[2], krona.outFirst() * b[3]);
    }
}
