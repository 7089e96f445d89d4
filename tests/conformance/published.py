"""The published cases of control flow: what people were promised elsewhere and did not get, each with where it is tried.

A place is `module::name`, the name being that of a case in a table or of a test.
"""

from importlib import import_module
from typing import Final

from tests.conformance.cases import Case

PUBLISHED: Final[dict[str, tuple[str, ...]]] = {
    "0 items": (
        "maps::no_items_give_an_empty_list",
        "composition::a_map_of_no_items_in_rounds_joins_to_nothing",
    ),
    "1 item": ("maps::one_item_gives_a_list_of_one",),
    "N items": ("maps::many_items_keep_their_order", "maps::test_order_is_kept_whoever_finishes_first"),
    "nested": (
        "maps::maps_nest",
        "repeats::a_repeat_in_a_map",
        "repeats::a_map_in_a_repeat",
        "repeats::test_a_subtask_in_a_map_in_a_repeat_on_a_way_that_is_taken",
        "subtasks::subtasks_nest",
    ),
    "a failing item": (
        "maps::a_failing_item_fails_the_step_and_says_which",
        "maps::a_failing_item_is_left_out_when_asked",
        "maps::a_failing_item_is_collected_in_its_place_when_asked",
        "composition::a_failing_item_of_an_inner_map_fails_its_item_of_the_outer_alone",
    ),
    "a skipped item": (
        "maps::an_item_that_gives_nothing_is_left_out",
        "maps::an_item_that_gives_nothing_is_null_among_collected_ones",
    ),
    "a join after a branch": ("branches_and_joins::a_join_after_a_branch_takes_what_there_is",),
    "a join of two branches": (
        "branches_and_joins::a_join_of_two_branches_keeps_the_order_of_its_edges",
        "composition::a_join_of_two_branches_of_which_one_lies_in_the_other",
    ),
    "approval inside a map": (
        "asking::test_approval_inside_a_map",
        "composition::test_approval_works_however_deep",
    ),
    "cancel inside a map": (
        "maps::test_cancelling_the_run_inside_a_map_ends_what_runs_and_keeps_what_is_done",
        "random_flows::test_cancelled_at_any_time_nothing_is_left_running",
    ),
    "an expansion inside a subtask": (
        "composition::test_an_expansion_inside_another_flow_grows_that_one_alone",
    ),
    "the same subtask twice at once": (
        "subtasks::the_same_subtask_twice_at_once",
        "composition::the_same_subtask_twice_at_once_in_each_item",
    ),
    "a failed node never stays running": (
        "every_kind::test_one_that_fails_stops_what_needs_it_and_nothing_else",
        "composition::test_a_timeout_around_nested_steps_ends_them_and_what_is_beside_goes_on",
    ),
    "running from here neither runs everything nor lies": (
        "composition::test_running_from_here_runs_that_and_what_waits_for_it_and_nothing_else",
        "random_flows::test_what_is_cached_gives_the_same_and_does_not_run_again",
    ),
    "an error says what failed, where, and what to do": (
        "maps::test_the_message_says_which_item_failed",
        "subtasks::a_failure_inside_fails_the_step_and_says_where",
    ),
    "a budget inside a map": (
        "budgets::test_a_budget_of_a_map_is_for_all_its_items",
        "budgets::test_a_budget_of_a_step_inside_a_map_is_for_each_item_anew",
        "budgets::test_the_budget_of_the_run_ends_a_map_whatever_becomes_of_failing_items",
    ),
    "a session with branches": (
        "composition::test_an_answer_behind_a_branch_is_found_again_only_where_it_was_given",
        "sessions::test_nested_steps_have_their_previous_answers_by_path",
    ),
    "`when` on every kind": (
        "every_kind::test_one_whose_condition_does_not_hold_is_skipped",
        "every_kind::test_one_whose_condition_holds_runs",
        "every_kind::test_the_previous_answer_stands_in_for_one_whose_condition_does_not_hold",
    ),
    "`on_error` on every kind": (
        "every_kind::test_one_that_fails_can_be_let_go",
        "every_kind::test_one_that_fails_can_be_gone_on_from_with_a_default",
    ),
    "`after` through skipped nodes": (
        "every_kind::test_one_runs_after_whatever_became_of_what_it_waits_for",
        "composition::after_a_chain_of_skipped_nodes_in_a_subtask_the_next_runs",
    ),
    "a timeout of a nested step": (
        "composition::test_a_timeout_of_a_step_inside_fails_that_step_and_says_where",
        "composition::test_a_timeout_in_an_item_leaves_the_other_items",
    ),
    "retries of a subtask": (
        "composition::test_one_that_runs_flows_is_tried_again_as_a_whole_when_its_retries_say_so",
        "composition::test_else_it_is_not_nor_when_that_would_not_help",
    ),
    "one engine, whoever runs the flow": (
        "same_record::test_a_template_leaves_the_same_record_whoever_runs_it",
    ),
}


def is_tried(place: str) -> bool:
    """Whether the case is there, and is run."""
    module, _, name = place.partition("::")
    found = import_module(f"tests.conformance.test_{module}")
    cases: list[Case] = getattr(found, "CASES", [])
    if isinstance(cases, list) and any(isinstance(case, Case) and case.name == name for case in cases):
        return hasattr(found, "test_case")
    return name.startswith("test_") and callable(getattr(found, name, None))
