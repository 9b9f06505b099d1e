package org.lsradapt.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.spark.internal.BaseReference;
import org.lsradapt.transformer.weights.BasePrecision;

/** A stage's parameters by name: those of the base model, and those that the stage adds. */
final class StageParams implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Params owner;
    private final TreeMap<String, Param<?>> byName = new TreeMap<>();

    /** Adds the base model. */
    StageParams(Params owner) {
        this.owner = owner;
        text("model", "the base model: a name or path that each process finds, or a URI such as hdfs://…");
        text(
                "basePrecision",
                "how weights of the base model's linear layers are kept: "
                        + Arrays.stream(BasePrecision.values())
                                .map(BasePrecision::label)
                                .collect(Collectors.joining(", ")),
                BasePrecision.STORED.label());
    }

    void text(String name, String doc) {
        add(new Param<>(owner, name, doc));
    }

    void text(String name, String doc, String byDefault) {
        setDefault(add(new Param<String>(owner, name, doc)), byDefault);
    }

    void integer(String name, String doc) {
        add(new IntParam(owner, name, doc));
    }

    void integer(String name, String doc, int byDefault) {
        setDefault(add(new IntParam(owner, name, doc)), byDefault);
    }

    void longInteger(String name, String doc) {
        add(new LongParam(owner, name, doc));
    }

    void real(String name, String doc) {
        add(new DoubleParam(owner, name, doc));
    }

    void real(String name, String doc, double byDefault) {
        setDefault(add(new DoubleParam(owner, name, doc)), byDefault);
    }

    void flag(String name, String doc) {
        setDefault(add(new BooleanParam(owner, name, doc)), false);
    }

    private <P extends Param<?>> P add(P param) {
        byName.put(param.name(), param);
        return param;
    }

    @SuppressWarnings("unchecked")
    private void setDefault(Param<?> param, Object value) {
        owner.setDefault((Param<Object>) param, value);
    }

    /** All parameters, ordered by name, as {@link Params#params} returns them. */
    Param<?>[] all() {
        return byName.values().toArray(new Param<?>[0]);
    }

    @SuppressWarnings("unchecked")
    <V> Param<V> get(String name) {
        return (Param<V>) byName.get(name);
    }

    /** The value of a parameter, or its default; throws if it has neither. */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    <V> V value(String name) {
        return owner.getOrDefault(this.<V>get(name));
    }

    /** The value of a parameter, or its default; empty if it has neither. */
    <V> Optional<V> ifDefined(String name) {
        return owner.isDefined(get(name)) ? Optional.of(value(name)) : Optional.empty();
    }

    <V> void ifDefined(String name, Consumer<V> use) {
        this.<V>ifDefined(name).ifPresent(use);
    }

    /** The name of a column; empty if the parameter is empty. */
    Optional<String> column(String name) {
        return Optional.of(this.<String>value(name)).filter(column -> !column.isEmpty());
    }

    BaseReference base() {
        return new BaseReference(value("model"), BasePrecision.named(value("basePrecision")));
    }

    static String expected(Param<?> param) {
        return param instanceof DoubleParam
                ? "a number"
                : param instanceof LongParam || param instanceof IntParam
                        ? "a whole number"
                        : param instanceof BooleanParam ? "true or false" : "a text";
    }

    /** Checks a value for a parameter; widens whole numbers for long and real parameters. */
    static Object checked(Param<?> param, Object value) {
        Object number = value;
        if (param instanceof DoubleParam && value instanceof Number n) {
            number = n.doubleValue();
        } else if (param instanceof LongParam && value instanceof Integer n) {
            number = n.longValue();
        }
        Class<?> type = param instanceof DoubleParam
                ? Double.class
                : param instanceof LongParam
                        ? Long.class
                        : param instanceof IntParam
                                ? Integer.class
                                : param instanceof BooleanParam ? Boolean.class : String.class;
        Require.argument(
                type.isInstance(number), "parameter %s: found '%s', expected %s", param.name(), value, expected(param));
        return number;
    }
}
