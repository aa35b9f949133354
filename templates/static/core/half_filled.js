/** Fields that hold no value yet. */

/** A number field that holds "1e", or a date without a year, sends nothing at all: say so before asking the server. */
export function isHalfFilled(inputs) {
  const [field] = inputs.flatMap((input) => [...(input?.querySelectorAll("input") ?? [])]).filter((one) => one.validity.badInput);
  if (!field) return false;
  const date = field.type.startsWith("date");
  field.closest("[data-role]").fault = date ? "This is no complete date. Fill in the rest of it, or clear it." : "This is not a number.";
  field.focus();
  return true;
}
