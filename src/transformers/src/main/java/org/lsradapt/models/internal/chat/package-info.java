/**
 * Chat templates: an interpreter of the part of Jinja that the templates of models use, with the meaning that Jinja2 gives it
 * in transformers' environment. {@code Lexer}, {@code Parser} and {@code Expressions} read a template, {@code Scope} settles its
 * names, {@code Statements}, {@code Operators}, {@code Access}, {@code Texts}, {@code Formats}, {@code Filters} and {@code Tests}
 * are what it does, and {@code Budget} ends it. It depends on nothing; only {@code NamedTemplates} knows JSON. A template is a
 * model's file and may be hostile: see {@link org.lsradapt.models.internal.chat.JinjaTemplate}.
 */
package org.lsradapt.models.internal.chat;
