package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Folders with shared factors that have one flaw each. */
final class RefusedShared {
    private static final SharedConfig PRODUCT = SharedConfig.of(4, 3).withSeed(42);
    private static final SharedConfig WHOLE = SharedConfig.ofWhole(2).withSeed(43);
    private static final SpoiledFolder.Base BASE = RefusedShared::save;
    private static final String HOLDER = "base_model.model.0.query.lsr_shared_";
    private static final String SHARING = "base_model.model.1.query.lsr_shared_";
    private static final String ALONE = "base_model.model.1.value.lsr_shared_";

    private final Map<String, SpoiledFolder> flaws = new LinkedHashMap<>();

    private RefusedShared() {}

    static KitCase make() {
        RefusedShared folders = new RefusedShared();
        folders.flaws.put("accepted-whole", new SpoiledFolder(BASE, folder -> {}));
        folders.flaws.put("accepted-splits", new SpoiledFolder(RefusedShared::saveSplits, folder -> {}));
        folders.addSettings();
        folders.addHolders();
        folders.addTensors();
        return RefusedFolders.make("shared-refused", "shared", folders.flaws).since(2);
    }

    /** Two layers that share A·B's factors, and one with terms of ΔW. */
    private static void save(Path folder) throws IOException {
        save(folder, PRODUCT);
    }

    private static void saveSplits(Path folder) throws IOException {
        save(folder, new SharedConfig(6, 2, List.of(2, 6), List.of(1, 15), List.of(6, 1), 0.7, -5));
    }

    private static void save(Path folder, SharedConfig ofQueries) throws IOException {
        List<FrozenLinear> layers = List.of(layer("0.query"), layer("1.query"), layer("1.value"));
        try (AdapterSet set = AdapterSet.create(
                layers, layer -> layer.name().equals("1.value") ? WHOLE : ofQueries, TinyAdapter.BACKEND)) {
            set.values().assign(normal(906, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    private static FrozenLinear layer(String name) {
        return FrozenLinear.of(name, Nd4j.zeros(DataType.FLOAT, 12, 15));
    }

    private void addSettings() {
        putSetting("field-more", section -> section.put("more", 1));
        putSetting("field-less", section -> section.remove("rank_factors"));
        putSetting("no-terms", section -> section.put("separation_rank", 0));
        putSetting("many-terms", section -> section.put("separation_rank", 65537));
        putSetting("negative-rank", section -> section.put("r", -1));
        flaws.put("infinite-scaling", SpoiledFolder.text(BASE, "\"scaling\" : 1.0", "\"scaling\" : 1e999"));
        putSetting(
                "rank-split", section -> section.putArray("rank_factors").add(3).add(1));
        putSetting(
                "rank-split-of-three",
                section -> section.putArray("rank_factors").add(2).add(2).add(1));
        putSetting(
                "negative-rank-split",
                section -> section.putArray("rank_factors").add(-2).add(-2));
        putSetting(
                "split-of-three",
                section -> section.putArray("in_factors").add(4).add(3).add(1));
        putSetting(
                "other-split", section -> section.putArray("out_factors").add(3).add(5));
        flaws.put("storage", SpoiledFolder.text(BASE, "\"storage\" : \"fp32\"", "\"storage\" : \"bf16\""));
    }

    /** Changes the holder's object and the one that shares with it alike. */
    private void putSetting(String name, Consumer<ObjectNode> change) {
        flaws.put(name, SpoiledFolder.config(BASE, root -> {
            change.accept(section(root, "0.query"));
            change.accept(section(root, "1.query"));
        }));
    }

    private void addHolders() {
        putSharing("sharing-with-other-seed", section -> section.put("seed", 41));
        putSharing("sharing-with-nobody", section -> section.put("shared_with", "2.query"));
        putSharing("sharing-with-itself", section -> section.put("shared_with", "1.query"));
        putSharing("sharing-with-terms-of-the-update", section -> section.put("shared_with", "1.value"));
        flaws.put(
                "sharing-with-one-that-shares",
                SpoiledFolder.config(
                        BASE,
                        root -> root.withArray("adapters")
                                .add(section(root, "1.query")
                                        .deepCopy()
                                        .put("shared_with", "1.query")
                                        .set("target_modules", root.arrayNode().add("2.query")))));
    }

    private void putSharing(String name, Consumer<ObjectNode> change) {
        flaws.put(name, SpoiledFolder.config(BASE, root -> change.accept(section(root, "1.query"))));
    }

    private void addTensors() {
        putTensors("coefficients-less", all -> all.remove(SHARING + "A_g"));
        putTensors("factor-twice", all -> all.put(SHARING + "A1", all.get(HOLDER + "A1")));
        putTensors("factor-of-two-axes", all -> all.computeIfPresent(HOLDER + "A1", (name, old) -> flat(old)));
        putTensors("last-factor-of-two-axes", all -> all.computeIfPresent(ALONE + "2", (name, old) -> flat(old)));
        putTensors("factor-shape", all -> all.put(HOLDER + "B1", Nd4j.zeros(DataType.FLOAT, 3, 3, 5)));
        putTensors("terms-less", all -> all.put(ALONE + "2", Nd4j.zeros(DataType.FLOAT, 1, 3, 3)));
        putTensors("coefficients-shape", all -> all.put(SHARING + "B_g", Nd4j.zeros(DataType.FLOAT, 2)));
        putTensors("not-a-number", all -> all.get(HOLDER + "A2").putScalar(3, Float.NaN));
        putTensors("infinite-coefficient", all -> all.get(ALONE + "g").putScalar(1, Float.POSITIVE_INFINITY));
        putTensors("beyond-floats", all -> all.get(SHARING + "B_g").putScalar(1, 3e38f));
        flaws.put("rank-beyond-the-widths", new SpoiledFolder(BASE, RefusedShared::widen));
    }

    private void putTensors(String name, Consumer<Map<String, INDArray>> change) {
        flaws.put(name, SpoiledFolder.tensors(BASE, change));
    }

    private static INDArray flat(INDArray factor) {
        return factor.reshape('c', factor.size(0), factor.length() / factor.size(0));
    }

    /** Gives A and B the rank 512, above 16·(12 + 15). */
    private static void widen(Path folder) throws IOException {
        SpoiledFolder.config(BASE, root -> {
                    section(root, "0.query").put("r", 512);
                    section(root, "1.query").put("r", 512);
                })
                .spoiler()
                .spoil(folder);
        SpoiledFolder.tensors(BASE, all -> {
                    all.put(HOLDER + "A1", Nd4j.zeros(DataType.FLOAT, 3, 4, 32));
                    all.put(HOLDER + "A2", Nd4j.zeros(DataType.FLOAT, 3, 3, 16));
                    all.put(HOLDER + "B1", Nd4j.zeros(DataType.FLOAT, 3, 32, 5));
                    all.put(HOLDER + "B2", Nd4j.zeros(DataType.FLOAT, 3, 16, 3));
                })
                .spoiler()
                .spoil(folder);
    }

    private static ObjectNode section(ObjectNode root, String layer) {
        for (var section : root.get("adapters")) {
            if (section.get("target_modules").get(0).textValue().equals(layer)) {
                return (ObjectNode) section;
            }
        }
        throw new IllegalStateException(root.toString());
    }
}
