package org.lsradapt.adapters.kinds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFormat;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.hira.HiraConfig;
import org.lsradapt.baselines.mixed.MixedConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

/** HiRA in adapter folders: the settings and tensors of the update that multiplies W. */
public final class HiraFormat implements AdapterFormat<HiraConfig> {
    private static final String TYPE = "peft_type";
    private static final LsrFormat LSR = new LsrFormat();
    private static final KroneckerFormat KRONECKER = new KroneckerFormat();
    private static final MixedFormat MIXED = new MixedFormat();
    private static final List<AdapterFormat<?>> FORMATS = List.of(LSR, KRONECKER, MIXED);

    private static final JsonForm<HiraConfig> FORM = new JsonForm<>();
    private static final Field<AdapterConfig> UPDATE =
            FORM.object("update", HiraConfig::update, HiraFormat::write, HiraFormat::readUpdate);

    private record Part<C extends AdapterConfig>(AdapterFormat<C> format, C config) {

        static Part<?> of(HiraConfig config) {
            return of(config.update());
        }

        static Part<?> of(AdapterConfig update) {
            return update instanceof LsrConfig lsr
                    ? new Part<>(LSR, lsr)
                    : update instanceof MixedConfig mixed
                            ? new Part<>(MIXED, mixed)
                            : new Part<>(KRONECKER, (KroneckerConfig) update);
        }

        void write(ObjectNode node) {
            node.put(TYPE, format.peftType());
            format.form().write(config, node);
        }

        List<String> tensors(String layer) {
            return format.tensors(layer, config);
        }

        Optional<Sharing> sharing(String layer) {
            return format.sharing(layer, config);
        }

        Size size(LayerTensors tensors) throws IOException {
            return format.size(config, tensors);
        }

        Optional<String> flaw(String layer, Map<String, INDArray> arrays) {
            return format.flaw(layer, config, arrays);
        }
    }

    private static void write(AdapterConfig update, ObjectNode node) {
        Part.of(update).write(node);
    }

    private static AdapterConfig readUpdate(JsonFields section) throws IOException {
        String type = section.text(TYPE);
        AdapterFormat<?> format = FORMATS.stream()
                .filter(one -> one.peftType().equals(type))
                .findFirst()
                .orElseThrow(() -> section.failure(
                        TYPE,
                        "found " + type + ", expected one of "
                                + FORMATS.stream().map(AdapterFormat::peftType).toList()));
        List<String> known = new ArrayList<>(format.form().names());
        known.add(TYPE);
        section.requireOnly(known);
        return format.read(section);
    }

    @Override
    public String peftType() {
        return "HIRA";
    }

    @Override
    public Class<HiraConfig> settings() {
        return HiraConfig.class;
    }

    @Override
    public JsonForm<HiraConfig> form() {
        return FORM;
    }

    @Override
    public HiraConfig read(JsonFields section) throws IOException {
        return new HiraConfig(UPDATE.of(section));
    }

    @Override
    public List<String> tensors(String layer, HiraConfig config) {
        return Part.of(config).tensors(layer);
    }

    @Override
    public Optional<Sharing> sharing(String layer, HiraConfig config) {
        return Part.of(config).sharing(layer);
    }

    @Override
    public Size size(HiraConfig config, LayerTensors tensors) throws IOException {
        return Part.of(config).size(tensors);
    }

    @Override
    public Optional<String> flaw(String layer, HiraConfig config, Map<String, INDArray> arrays) {
        return Part.of(config).flaw(layer, arrays);
    }
}
