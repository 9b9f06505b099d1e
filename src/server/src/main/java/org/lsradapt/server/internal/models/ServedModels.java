package org.lsradapt.server.internal.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.serving.SharedPasses;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.training.PassExecutor;

/**
 * Models by name, on one base model in memory. Safe for many threads. The answer to a request is of one version of its adapter: if the
 * adapter was replaced meanwhile, the request is computed again.
 */
public final class ServedModels implements AutoCloseable {

    /** How often a request is computed again because its adapter was replaced meanwhile. */
    private static final int TRIES = 10;

    private final BaseModel base;
    private final String baseName;
    private final Optional<AdapterStore> store;
    private final Optional<CountedSource> source;
    private final MultiAdapterModel model;
    private final PassExecutor where;
    private final List<Offer> ownOffers;
    private final FolderAdapters folders;

    /**
     * Everything to serve.
     *
     * @param base the base model; kept, not closed
     * @param folders adapters, or folders of adapters; nothing outside of them is ever read
     * @param store adapters by key; kept, not closed
     * @param where computes generation
     * @param shared computes everything else
     */
    public record Parts(
            BaseModel base,
            String name,
            List<Path> folders,
            Optional<AdapterStore> store,
            PassExecutor where,
            SharedPasses shared) {}

    /**
     * A model in a list.
     *
     * @param parent the base model; empty for itself
     * @param task the task's name; the type of a base model
     * @param kind the task's kind; those of a base model
     */
    public record Listed(String name, Optional<String> parent, String task, String kind) {}

    /** Loads the adapters in the folders; refuses one of another base model, or whose task no door serves. */
    public ServedModels(Parts parts) throws IOException {
        base = parts.base();
        baseName = parts.name();
        store = parts.store();
        where = parts.where();
        source = store.map(CountedSource::new);
        Require.argument(!base.readsImages(), "model %s reads images, expected one that reads texts", base.name());
        try (CloseOnFailure opened = new CloseOnFailure()) {
            model = opened.add(
                    source.isPresent()
                            ? new MultiAdapterModel(base, Backends.standard(), ServedSource.of(source.get()))
                            : new MultiAdapterModel(base.weights(), Backends.standard()));
            model.passes(parts.shared());
            ownOffers = ownOffers();
            folders = opened.add(new FolderAdapters(base, model, where, parts.folders(), this::requireFree));
            opened.release(model);
        }
    }

    private List<Offer> ownOffers() throws IOException {
        List<Offer> offers = new ArrayList<>();
        if (base.model().isCausal() && base.head().isEmpty()) {
            TextGenerator generator = TextGenerator.of(base);
            generator.passes(where);
            offers.add(Offer.of(generator));
        }
        Optional<AdapterCard> own = SavedModel.cardOf(base);
        if (own.isPresent()) {
            try (SequenceHead head = SavedModel.headOf(base)) {
                model.add(baseName, head);
            }
            offers.add(Offer.served(base, own.get(), model, baseName));
            if (own.get().task().outputs() == 1) {
                offers.add(
                        Offer.served(base, withTask(own.get(), new RerankingDescription("rerank")), model, baseName));
            }
        }
        EmbeddingSettings known = base.embeddingSettings();
        EmbeddingSettings settings = known.withMaxLength(Math.min(known.maxLength(), base.maxLength()));
        AdapterCard embedding = new AdapterCard(
                base.name(),
                base.modelType(),
                base.encoderFingerprint(),
                new EmbeddingDescription("embedding"),
                settings.maxLength(),
                Optional.of(settings),
                base.precision());
        offers.add(Offer.served(base, embedding, model, MultiAdapterModel.BASE));
        return List.copyOf(offers);
    }

    private static AdapterCard withTask(AdapterCard card, TaskDescription task) {
        return new AdapterCard(
                card.baseModel(),
                card.modelType(),
                card.baseFingerprint(),
                task,
                card.maxLength(),
                card.basePrecision());
    }

    private void requireFree(String name) throws IOException {
        Require.argument(!name.equals(baseName), "the name '%s' is that of the base model, expected another", name);
        if (store.isPresent()) {
            Require.argument(
                    store.get().version(name).isEmpty(), "the name '%s' is a key of the store, expected another", name);
        }
    }

    /**
     * Loads an adapter while the server runs.
     *
     * @param path its folder, as a client gives it: relative to a folder of adapters, or absolute within one
     * @param replace whether an adapter of this name may be there
     * @throws ApiException if the path is elsewhere, or the adapter cannot be read
     * @throws IllegalArgumentException if the name is in use, or the adapter does not fit
     */
    public void load(String name, String path, boolean replace) {
        folders.load(name, path, replace);
    }

    /** Removes an adapter of a folder; throws an {@link ApiException} if there is none of that name. */
    public void unload(String name) {
        if (!folders.unload(name)) {
            throw unknown(name);
        }
    }

    /**
     * Uses a model.
     *
     * @param name its name; empty for the base model
     * @param use how it is used
     * @param code computes the answer; may be called again
     * @throws ApiException if there is no such model, or it cannot be used so
     */
    public <M extends FineTunedModel, R> R use(Optional<String> name, Use<M> use, Function<M, R> code) {
        String wanted = name.orElse(baseName);
        for (int i = 1; ; i++) {
            Version version = version(wanted);
            M one = choose(wanted, version.offers(), use);
            try {
                R result = code.apply(one);
                // What a generator said is already with the client.
                if (i == TRIES || use.equals(Use.GENERATE) || version.isCurrent()) {
                    return result;
                }
            } catch (IllegalArgumentException | IllegalStateException e) {
                if (i == TRIES || version.isCurrent()) {
                    throw e;
                }
            }
        }
    }

    /** One version of a name, and whether the name still has it. */
    private record Version(List<Offer> offers, BooleanSupplier current) {
        boolean isCurrent() {
            return current.getAsBoolean();
        }
    }

    private Version version(String name) {
        if (name.equals(baseName)) {
            return new Version(ownOffers, () -> true);
        }
        Optional<FolderAdapters.Loaded> one = folders.find(name);
        if (one.isPresent()) {
            return new Version(List.of(folders.offer(name, one.get())), () -> folders.has(name, one.get()));
        }
        return ofStore(name).orElseThrow(() -> unknown(name));
    }

    private Optional<Version> ofStore(String key) {
        if (source.isEmpty()) {
            return Optional.empty();
        }
        try {
            for (OptionalLong version = source.get().use(key);
                    version.isPresent();
                    version = source.get().version(key)) {
                long now = version.getAsLong();
                Optional<AdapterCard> card = source.get().card(key, now);
                if (card.isPresent()) {
                    return Optional.of(new Version(
                            List.of(Offer.served(base, card.get(), model, key)), () -> isCurrent(key, now)));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isCurrent(String key, long version) {
        try {
            return source.orElseThrow().version(key).equals(OptionalLong.of(version));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <M extends FineTunedModel> M choose(String name, List<Offer> offers, Use<M> use) {
        for (Offer offer : offers) {
            FineTunedModel one = offer.model().get();
            if (Use.of(one).equals(use)) {
                return use.type().cast(one);
            }
        }
        Use<?> other = offers.get(0).use();
        throw ApiException.invalid(
                "model",
                "model '" + name + "' " + other.does() + ", expected one that " + use.does() + "; it answers at "
                        + other.door());
    }

    private ApiException unknown(String name) {
        return new ApiException(
                404, "model_not_found", "there is no model '" + name + "'; GET /v1/models lists those of this server");
    }

    /** Returns the base model and the adapters of folders, by name. */
    public List<Listed> list() {
        List<Listed> all = new ArrayList<>();
        all.add(ofBase());
        folders.all().forEach((name, one) -> all.add(listed(name, one.card())));
        return all;
    }

    /** Returns, by the path of each door that serves a model here, the name of one. */
    public Map<String, String> doors() {
        Map<String, String> doors = new LinkedHashMap<>();
        ownOffers.forEach(offer -> doors.putIfAbsent(offer.use().door(), baseName));
        folders.all()
                .forEach((name, one) ->
                        doors.putIfAbsent(folders.offer(name, one).use().door(), name));
        return doors;
    }

    private Listed ofBase() {
        String kinds = ownOffers.stream().map(Offer::kind).collect(Collectors.joining(", "));
        return new Listed(baseName, Optional.empty(), base.modelType(), kinds);
    }

    private Listed listed(String name, AdapterCard card) {
        return new Listed(
                name, Optional.of(baseName), card.task().name(), card.task().kind());
    }

    /** Returns at most {@code most} adapters of the store, those after a key. */
    public List<Listed> listStore(String after, int most) throws IOException {
        List<Listed> keys = new ArrayList<>();
        if (store.isPresent()) {
            for (String key :
                    after.isEmpty() ? store.get().firstKeys(most) : store.get().keysAfter(after, most)) {
                ofKey(key).ifPresent(keys::add);
            }
        }
        return keys;
    }

    private Optional<Listed> ofKey(String key) throws IOException {
        OptionalLong version = source.orElseThrow().version(key);
        return version.isEmpty()
                ? Optional.empty()
                : source.get().card(key, version.getAsLong()).map(card -> listed(key, card));
    }

    /** Returns the model of a name; throws an {@link ApiException} if there is none. */
    public Listed find(String name) throws IOException {
        if (name.equals(baseName)) {
            return ofBase();
        }
        Optional<FolderAdapters.Loaded> one = folders.find(name);
        if (one.isPresent()) {
            return listed(name, one.get().card());
        }
        return (source.isPresent() ? ofKey(name) : Optional.<Listed>empty()).orElseThrow(() -> unknown(name));
    }

    public String baseName() {
        return baseName;
    }

    public BaseModel base() {
        return base;
    }

    public int adapters() {
        return folders.all().size();
    }

    /** The uses of adapters of the store, and the reads that they needed. */
    public Map<String, Long> storeCounts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        source.ifPresent(one -> {
            counts.put("uses", one.uses());
            counts.put("reads", one.reads());
        });
        return counts;
    }

    public String withoutPaths(String message) {
        String told = folders.withoutPaths(message);
        if (store.isPresent()) {
            told = told.replace(store.get().name(), "the store");
        }
        return told.replace(base.name(), baseName);
    }

    @Override
    public void close() {
        folders.close();
        model.close();
    }
}
