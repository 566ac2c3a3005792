"""The one list of our template ids: what a text is made from, and what a pack maps to a provider's own ids."""

from __future__ import annotations

from enum import StrEnum


class TemplateId(StrEnum):
    TASK_ONE = "task_one"
    TASK_TWO = "task_two"
    TASK_LIST = "task_list"
    TASK_LIST_MORE = "task_list_more"
    TASK_ONE_CALLS = "task_one_calls"
    TASK_TWO_CALLS = "task_two_calls"
    TASK_LIST_CALLS = "task_list_calls"
    TASK_LIST_MORE_CALLS = "task_list_more_calls"
    REMINDER_ONE = "reminder_one"
    REMINDER_TWO = "reminder_two"
    REMINDER_LIST = "reminder_list"
    REMINDER_LIST_MORE = "reminder_list_more"
    REMINDER_ONE_CALLS = "reminder_one_calls"
    REMINDER_TWO_CALLS = "reminder_two_calls"
    REMINDER_LIST_CALLS = "reminder_list_calls"
    REMINDER_LIST_MORE_CALLS = "reminder_list_more_calls"
    REASSIGNED_TO = "reassigned_to"
    REASSIGNED_AWAY = "reassigned_away"
    CANCELLED_VISIT = "cancelled_visit"
    TRY_ONCE_MORE = "try_once_more"
    OTHER_VOLUNTEER_TOLD = "other_volunteer_told"
    CONFIRMED = "confirmed"
    CONFIRMED_LIST = "confirmed_list"
    ANSWERED_LIST = "answered_list"
    NOTED_LIST = "noted_list"
    ALREADY_RECORDED = "already_recorded"
    CORRECTED = "corrected"
    ACKNOWLEDGED = "acknowledged"
    KEPT = "kept"
    NOT_RECORDED = "not_recorded"
    DEATH_NOTED = "death_noted"
    NO_OPEN_TASK = "no_open_task"
    UNKNOWN_PHONE = "unknown_phone"
    OPTED_OUT_STAFF = "opted_out_staff"
    MENU = "menu"
    DANGER = "danger"
    DANGER_UNNAMED = "danger_unnamed"
    PLEASE_WRITE_WORDS = "please_write_words"
    ASK_BACK_UNKNOWN_CODE = "ask_back_unknown_code"
    ASK_BACK_NO_CODE = "ask_back_no_code"
    ASK_BACK_NO_RESULT = "ask_back_no_result"
    ASK_BACK_CONTRADICTION = "ask_back_contradiction"
    ASK_BACK_WHICH_DAY = "ask_back_which_day"
    ASK_BACK_CORRECTION = "ask_back_correction"
    ASK_BACK_UNCERTAIN = "ask_back_uncertain"
    PERSON_WILL_CALL = "person_will_call"
    URGENT = "urgent"
    ESCALATION_OWNER = "escalation_owner"
    ESCALATION_NO_VOLUNTEER = "escalation_no_volunteer"
    ESCALATION_NOT_SEEN = "escalation_not_seen"
    ESCALATION_RISK = "escalation_risk"
    ESCALATION_NEED = "escalation_need"
    ESCALATION_TO_CONFIRM = "escalation_to_confirm"
    ESCALATION_OWNER_LIST = "escalation_owner_list"
    ESCALATION_TAKEN = "escalation_taken"
    ESCALATION_ASSESSMENT = "escalation_assessment"
    ESCALATION_BENEFIT = "escalation_benefit"
    ASSESSMENT_ASKED = "assessment_asked"
    ASSESSMENT_TO_SIGN = "assessment_to_sign"
    ASSESSMENT_TO_SETTLE = "assessment_to_settle"
    ASSESSMENT_RETURNED = "assessment_returned"
    ASSESSMENT_REMINDER = "assessment_reminder"
    ASSESSMENT_NOT_NEEDED = "assessment_not_needed"
    BENEFIT_REMINDER = "benefit_reminder"
    LIST_REMINDER = "list_reminder"
    SIGN_IN_CODE = "sign_in_code"


_ASKING = ("task_", "reminder_")
_CALLS = "_calls"


def sendable(counts_phone_calls: bool) -> tuple[TemplateId, ...]:
    """The templates a county's texts can be made from: asking with the digit 5 (calls count) or without it.

    A letter `REASSIGNED_TO` goes out as a task.
    """
    return tuple(
        one
        for one in TemplateId
        if one is not TemplateId.REASSIGNED_TO
        and (not one.startswith(_ASKING) or one.endswith(_CALLS) is counts_phone_calls)
    )
