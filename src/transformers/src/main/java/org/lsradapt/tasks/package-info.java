/** Lists the tasks of this library, each of which is a package inside of this one. Uses {@code finetuning} and all of them. */
package org.lsradapt.tasks;
